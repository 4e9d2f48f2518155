/** Makes the accounts of users, from the options and from what the store has kept of an earlier run. */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Secrets } from "../Store.ts"
import type * as Totp from "../Totp.ts"
import { newRecoveryCodes } from "./codes.ts"
import { type Configured, enrol, fromOptions } from "./enrolment.ts"
import type { User } from "./options.ts"
import { unusedCodes } from "./twoFactor.ts"

type Random = SecureRandom.SecureRandom["Service"]

const isSameSecret = (one: Totp.Totp["secret"] | null, other: Totp.Totp["secret"] | null) =>
  one !== null && other !== null && Redacted.value(one) === Redacted.value(other)

/** Whether the user's options are the ones of the earlier run. */
const areSameOptions = ({ totp, twoFactor }: User, before: Secrets["configured"]) => {
  const now = fromOptions(totp)
  return (
    twoFactor.app === before.twoFactor.app &&
    twoFactor.sms === before.twoFactor.sms &&
    now.algorithm === before.algorithm &&
    now.digits === before.digits &&
    now.period === before.period &&
    (now.secret === null || isSameSecret(now.secret, before.secret))
  )
}

/** The part of an account that is about the two factors. */
type Factors = Pick<Secrets, "totp" | "seed" | "configured"> & Pick<Account, "tfaSms">

const factorsFromOptions = Effect.fnUntraced(function* (
  { totp, twoFactor }: User,
  before: Secrets | undefined,
  random: Random
): Effect.fn.Return<Factors> {
  const options: Configured = fromOptions(totp)
  const secret = options.secret ?? before?.totp?.secret ?? before?.configured.secret ?? null
  const app = twoFactor.app === "off" ? null : yield* enrol({ ...options, secret }, random)
  return {
    totp: twoFactor.app === "on" ? app : null,
    seed: twoFactor.app === "seeded" ? app : null,
    configured: { ...options, secret: app?.secret ?? secret, twoFactor },
    tfaSms: twoFactor.sms === "on"
  }
})

/** The newest time step whose code was accepted. It is kept for the same app, so that its codes never work twice. */
const keptTimeStep = (totp: Totp.Totp | null, before: Account | undefined) => {
  if (before === undefined) return null
  const secrets = Redacted.value(before.secrets)
  const { period, secret } = secrets.totp ?? secrets.configured
  return totp === null || (isSameSecret(totp.secret, secret) && totp.period === period) ? before.totpStep : null
}

/**
 * Makes a user's account. The options decide, and the kept account has what they leave open: recovery codes and
 * generated secrets. While the options stay the same, it also has what the operations turned on and off.
 *
 * @param user the user's options
 * @param name the user's name
 * @param kept the account of the earlier run
 * @param random makes new secrets
 */
export const makeAccount = Effect.fnUntraced(function* (
  user: User,
  name: string,
  kept: Option.Option<Account>,
  random: Random
): Effect.fn.Return<Account> {
  const before = Option.getOrUndefined(kept)
  const secrets = before && Redacted.value(before.secrets)
  const { tfaSms, ...apps }: Factors =
    before !== undefined && secrets !== undefined && areSameOptions(user, secrets.configured)
      ? { totp: secrets.totp, seed: secrets.seed, configured: secrets.configured, tfaSms: before.tfaSms }
      : yield* factorsFromOptions(user, secrets, random)
  const keptCodes = secrets?.recoveryCodes ?? []
  const needsCodes = keptCodes.length === 0 && (apps.totp !== null || tfaSms)
  return {
    name,
    phoneNumber: user.phoneNumber,
    tfaSms,
    secrets: Redacted.make({
      ...apps,
      recoveryCodes: needsCodes ? unusedCodes(yield* newRecoveryCodes(random)) : keptCodes,
      smsCodes: secrets?.smsCodes ?? []
    }),
    totpStep: keptTimeStep(apps.totp, before),
    smsAt: before?.smsAt ?? [],
    wrongAt: before?.wrongAt ?? [],
    lockedUntil: before?.lockedUntil ?? null
  }
})
