/** The operations that turn two-factor authentication on and off, as pure functions of an account. */
import { NotFound, type RateLimited, Unauthorized } from "@metal-otp/schema/OtpsError"
import type { OtpSeed } from "@metal-otp/schema/OtpSeed"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Account } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { type OtpInput, verifyAnyCode, verifySeedCode, verifySmsCode, withVerifiedOtp } from "./otpVerification.ts"
import { invalidOtp } from "./replies.ts"
import { refuse, type Transition } from "./transition.ts"
import { isOn, isOnByApp, unusedCodes, withSecrets } from "./twoFactor.ts"

/** Replaces a seed that no code has confirmed. An app that is on stays on. */
export const seedApp = (before: Account, secret: Redacted.Redacted<string>): Transition<OtpSeed, never> => {
  const { algorithm, digits, period } = Redacted.value(before.secrets).configured
  const seed = { secret, algorithm, digits, period }
  return {
    reply: Result.succeed({ otpUri: Totp.uri(seed, before.name) }),
    account: withSecrets(before, { seed }),
    counted: "seedApp"
  }
}

type Enabling = "enableTfaApp" | "enableTfaSms"
type Disabling = "disableTfaApp" | "disableTfaSms"

const wrongOtp = (operation: Enabling | Disabling) => () => new Unauthorized({ operation, errors: [invalidOtp] })

/** The first factor that is turned on brings new recovery codes. */
const withFirstRecoveryCodes = (before: Account, after: Account, recoveryCodes: ReadonlyArray<string>) =>
  isOn(before) ? after : withSecrets(after, { recoveryCodes: unusedCodes(recoveryCodes) })

/** The last factor that is turned off takes the recovery codes with it. */
const withoutLastRecoveryCodes = (after: Account) => (isOn(after) ? after : withSecrets(after, { recoveryCodes: [] }))

export const enableTfaApp = (
  before: Account,
  input: OtpInput,
  recoveryCodes: ReadonlyArray<string>
): Transition<void, Unauthorized | RateLimited> =>
  withVerifiedOtp(before, input, {
    operation: "enableTfaApp",
    verify: verifySeedCode,
    wrongOtp: wrongOtp("enableTfaApp"),
    change: (account) => withFirstRecoveryCodes(before, account, recoveryCodes)
  })

export const enableTfaSms = (
  before: Account,
  input: OtpInput,
  recoveryCodes: ReadonlyArray<string>
): Transition<void, Unauthorized | RateLimited> =>
  withVerifiedOtp(before, input, {
    operation: "enableTfaSms",
    // A code can be from before the options removed the phone number: it proves nothing now.
    verify: before.phoneNumber === null ? () => undefined : verifySmsCode,
    wrongOtp: wrongOtp("enableTfaSms"),
    change: (account) => withFirstRecoveryCodes(before, { ...account, tfaSms: true }, recoveryCodes)
  })

const notOn = (operation: Disabling, factor: "app" | "SMS") =>
  refuse(new NotFound({ operation, errors: [`Two-factor authentication by ${factor} is not enabled`] }))

/** Removes the app, and a seed that no code has confirmed. */
export const disableTfaApp = (
  before: Account,
  input: OtpInput
): Transition<void, Unauthorized | NotFound | RateLimited> =>
  isOnByApp(before)
    ? withVerifiedOtp(before, input, {
        operation: "disableTfaApp",
        verify: verifyAnyCode,
        wrongOtp: wrongOtp("disableTfaApp"),
        change: (account) => withoutLastRecoveryCodes(withSecrets(account, { totp: null, seed: null }))
      })
    : notOn("disableTfaApp", "app")

export const disableTfaSms = (
  before: Account,
  input: OtpInput
): Transition<void, Unauthorized | NotFound | RateLimited> =>
  before.tfaSms
    ? withVerifiedOtp(before, input, {
        operation: "disableTfaSms",
        verify: verifyAnyCode,
        wrongOtp: wrongOtp("disableTfaSms"),
        change: (account) => withoutLastRecoveryCodes({ ...account, tfaSms: false })
      })
    : notOn("disableTfaSms", "SMS")
