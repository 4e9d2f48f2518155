/** What turns two-factor authentication on and off, as steps of an account. */
import { NotFound, Unauthorized } from "@metal-otp/schema/OtpsError"
import type { RateLimited } from "@metal-otp/schema/OtpsError"
import type { OtpSeed } from "@metal-otp/schema/OtpSeed"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Account } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { type Answer, refused } from "./answers.ts"
import { byAny, bySeed, bySms, proven, type Typed } from "./proofs.ts"
import { invalidOtp } from "./replies.ts"
import { isOn, isOnByApp, unused, withSecrets } from "./twoFactor.ts"

/** Puts a seed in place of one that waits for its code. An app that is on stays so until then. */
export const seedApp = (before: Account, secret: Redacted.Redacted<string>): Answer<OtpSeed, never> => {
  const { algorithm, digits, period } = Redacted.value(before.secrets).given
  const seed = { secret, algorithm, digits, period }
  return {
    reply: Result.succeed({ otpUri: Totp.uri(seed, before.name) }),
    account: withSecrets(before, { seed }),
    carriedOut: "seedApp"
  }
}

type Enabling = "enableTfaApp" | "enableTfaSms"
type Disabling = "disableTfaApp" | "disableTfaSms"

const wrongOtp = (operation: Enabling | Disabling) => () => new Unauthorized({ operation, errors: [invalidOtp] })

/** Who turns the first way on gets recovery codes with it. */
const enabled = (before: Account, recoveryCodes: ReadonlyArray<string>) => (account: Account) =>
  isOn(before) ? account : withSecrets(account, { recoveryCodes: unused(recoveryCodes) })

/** Who turns the last way off has no recovery codes any more. */
const disabled = (account: Account) => (isOn(account) ? account : withSecrets(account, { recoveryCodes: [] }))

export const enableTfaApp = (
  before: Account,
  typed: Typed,
  recoveryCodes: ReadonlyArray<string>
): Answer<void, Unauthorized | RateLimited> =>
  proven(before, typed, {
    operation: "enableTfaApp",
    proof: bySeed,
    wrong: wrongOtp("enableTfaApp"),
    effect: enabled(before, recoveryCodes)
  })

export const enableTfaSms = (
  before: Account,
  typed: Typed,
  recoveryCodes: ReadonlyArray<string>
): Answer<void, Unauthorized | RateLimited> =>
  proven(before, typed, {
    operation: "enableTfaSms",
    // A number that is gone proves nothing any more.
    proof: before.phoneNumber === null ? () => undefined : bySms,
    wrong: wrongOtp("enableTfaSms"),
    effect: (account) => enabled(before, recoveryCodes)({ ...account, tfaSms: true })
  })

const notOn = (operation: Disabling, by: "app" | "SMS") =>
  refused(new NotFound({ operation, errors: [`Two-factor authentication by ${by} is not enabled`] }))

/** With the app goes a seed that was to replace it. */
export const disableTfaApp = (before: Account, typed: Typed): Answer<void, Unauthorized | NotFound | RateLimited> =>
  isOnByApp(before)
    ? proven(before, typed, {
        operation: "disableTfaApp",
        proof: byAny,
        wrong: wrongOtp("disableTfaApp"),
        effect: (account) => disabled(withSecrets(account, { totp: null, seed: null }))
      })
    : notOn("disableTfaApp", "app")

export const disableTfaSms = (before: Account, typed: Typed): Answer<void, Unauthorized | NotFound | RateLimited> =>
  before.tfaSms
    ? proven(before, typed, {
        operation: "disableTfaSms",
        proof: byAny,
        wrong: wrongOtp("disableTfaSms"),
        effect: (account) => disabled({ ...account, tfaSms: false })
      })
    : notOn("disableTfaSms", "SMS")
