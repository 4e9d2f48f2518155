import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Secrets } from "../Store.ts"
import type * as Totp from "../Totp.ts"
import { newRecoveryCodes } from "./codes.ts"
import { enrol, given, type Given } from "./enrolment.ts"
import type { User } from "./options.ts"
import { unused } from "./twoFactor.ts"

type Random = SecureRandom.SecureRandom["Service"]

const isSameSecret = (one: Totp.Totp["secret"] | null, other: Totp.Totp["secret"] | null) =>
  one !== null && other !== null && Redacted.value(one) === Redacted.value(other)

/** Whether the options say the same as before, whatever the operations have made of it since. */
const saysTheSame = ({ totp, twoFactor }: User, before: Secrets["given"]) => {
  const now = given(totp)
  return (
    twoFactor.app === before.twoFactor.app &&
    twoFactor.sms === before.twoFactor.sms &&
    now.algorithm === before.algorithm &&
    now.digits === before.digits &&
    now.period === before.period &&
    (now.secret === null || isSameSecret(now.secret, before.secret))
  )
}

/** Two-factor authentication as the options have it. */
type Enrolled = Pick<Secrets, "totp" | "seed" | "given"> & Pick<Account, "tfaSms">

const enrolled = Effect.fnUntraced(function* (
  { totp, twoFactor }: User,
  before: Secrets | undefined,
  random: Random
): Effect.fn.Return<Enrolled> {
  const asked: Given = given(totp)
  const secret = asked.secret ?? before?.totp?.secret ?? before?.given.secret ?? null
  const app = twoFactor.app === "off" ? null : yield* enrol({ ...asked, secret }, random)
  return {
    totp: twoFactor.app === "on" ? app : null,
    seed: twoFactor.app === "seeded" ? app : null,
    given: { ...asked, secret: app?.secret ?? secret, twoFactor },
    tfaSms: twoFactor.sms === "on"
  }
})

/** The newest accepted time step, as long as it is one of the app that is on, or comes back. */
const stepOf = (totp: Totp.Totp | null, before: Account | undefined) => {
  if (before === undefined) return null
  const secrets = Redacted.value(before.secrets)
  const { period, secret } = secrets.totp ?? secrets.given
  return totp === null || (isSameSecret(totp.secret, secret) && totp.period === period) ? before.totpStep : null
}

/**
 * A user's account: what the options say, and what is kept from an earlier run
 * of what they leave open. What the operations made of two-factor authentication
 * is kept for as long as the options say the same of it.
 *
 * @param user what the options say
 * @param name what the user is called
 * @param kept the account of the earlier run
 * @param random where new secrets come from
 */
export const account = Effect.fnUntraced(function* (
  user: User,
  name: string,
  kept: Option.Option<Account>,
  random: Random
): Effect.fn.Return<Account> {
  const before = Option.getOrUndefined(kept)
  const secrets = before && Redacted.value(before.secrets)
  const { tfaSms, ...apps } =
    before !== undefined && secrets !== undefined && saysTheSame(user, secrets.given)
      ? { totp: secrets.totp, seed: secrets.seed, given: secrets.given, tfaSms: before.tfaSms }
      : yield* enrolled(user, secrets, random)
  const keptCodes = secrets?.recoveryCodes ?? []
  const needsCodes = keptCodes.length === 0 && (apps.totp !== null || tfaSms)
  return {
    name,
    phoneNumber: user.phoneNumber,
    tfaSms,
    secrets: Redacted.make({
      ...apps,
      recoveryCodes: needsCodes ? unused(yield* newRecoveryCodes(random)) : keptCodes,
      pending: secrets?.pending ?? []
    }),
    totpStep: stepOf(apps.totp, before),
    smsAt: before?.smsAt ?? [],
    wrongAt: before?.wrongAt ?? [],
    lockedUntil: before?.lockedUntil ?? null
  }
})
