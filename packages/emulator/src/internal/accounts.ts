import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account } from "../Store.ts"
import type * as Totp from "../Totp.ts"
import { newRecoveryCodes } from "./codes.ts"
import { enrol } from "./enrolment.ts"
import type { User } from "./options.ts"

const isSameSecret = (one: Totp.Totp, other: Totp.Totp | null) =>
  other !== null && Redacted.value(one.secret) === Redacted.value(other.secret)

/**
 * A user's account: what the options say, and what is kept from an earlier run
 * of what they leave open.
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
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Account> {
  const before = Option.getOrUndefined(kept)
  const { phoneNumber, twoFactor } = user
  const secrets = before && Redacted.value(before.secrets)
  const keptApp = secrets?.totp ?? null
  const totp = twoFactor ? yield* enrol({ ...user.totp, secret: user.totp.secret ?? keptApp?.secret }, random) : keptApp
  const codes = secrets?.recoveryCodes ?? (yield* newRecoveryCodes(random)).map((code) => ({ code, usedAt: null }))
  const isSameApp =
    totp === keptApp || (totp !== null && isSameSecret(totp, keptApp) && totp.period === keptApp?.period)
  return {
    name,
    phoneNumber,
    twoFactor,
    secrets: Redacted.make({ totp, recoveryCodes: codes, pending: secrets?.pending ?? [] }),
    totpStep: isSameApp ? (before?.totpStep ?? null) : null,
    smsAt: before?.smsAt ?? [],
    wrongAt: before?.wrongAt ?? [],
    lockedUntil: before?.lockedUntil ?? null
  }
})
