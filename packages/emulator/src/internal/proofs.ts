/** What proves a user, each used up by what it proves. All comparisons are in constant time. */
import type { Operation } from "@metal-otp/schema/Operation"
import type { RateLimited } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Account, NewSms, Secrets } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { type Answer, recent, tooMany } from "./answers.ts"
import { findSame } from "./codes.ts"
import type { Settings } from "./options.ts"
import { withSecrets, working } from "./twoFactor.ts"

/** An OTP that a user typed, and when. */
export interface Typed {
  readonly otp: Redacted.Redacted<string>
  readonly settings: Settings
  /** Epoch milliseconds. */
  readonly now: number
}

/** The account without what this OTP uses up; none if it is wrong. */
export type Proof = (account: Account, typed: Typed) => Account | undefined

/** The codes of SMS that have not expired. */
export const stillPending = ({ secrets }: Account, now: number) =>
  Redacted.value(secrets).pending.filter(({ expiresAt }) => expiresAt > now)

const without = (pending: Secrets["pending"], otp: string) => pending.filter((sms) => findSame([sms.otp], otp) === -1)

/** An account for which the code of an SMS does not work, since that could not be delivered. */
export const withoutSms = (account: Account, { otp }: NewSms): Account =>
  withSecrets(account, { pending: without(Redacted.value(account.secrets).pending, Redacted.value(otp)) })

/** The code of an SMS. */
export const bySms: Proof = (account, { now, otp }) => {
  const pending = stillPending(account, now)
  const codes = pending.map((sms) => sms.otp)
  return findSame(codes, Redacted.value(otp)) === -1
    ? undefined
    : withSecrets(account, { pending: without(pending, Redacted.value(otp)) })
}

const stepOf = (totp: Totp.Totp | null, after: number | null, { now, otp, settings }: Typed) =>
  totp === null ? Option.none() : Totp.verify(totp, otp, { now, window: settings.totpWindow, after })

/** The code of the app that is on. */
const byApp: Proof = (account, typed) => {
  const step = stepOf(Redacted.value(account.secrets).totp, account.totpStep, typed)
  return Option.isNone(step) ? undefined : { ...account, totpStep: step.value }
}

/** The code of the seed that waits for one: the seed takes the place of the app. */
export const bySeed: Proof = (account, typed) => {
  const { seed } = Redacted.value(account.secrets)
  const step = stepOf(seed, null, typed)
  return Option.isNone(step) ? undefined : { ...withSecrets(account, { totp: seed, seed: null }), totpStep: step.value }
}

const byRecoveryCode: Proof = (account, { now, otp }) => {
  const codes = working(account)
  const code = codes[findSame(codes, Redacted.value(otp))]
  if (code === undefined) return undefined
  const { recoveryCodes } = Redacted.value(account.secrets)
  return withSecrets(account, {
    recoveryCodes: recoveryCodes.map((one) => (one.code === code && one.usedAt === null ? { code, usedAt: now } : one))
  })
}

/** Any of them: the code of an SMS, of the app, or a recovery code. All that could match is compared. */
export const byAny: Proof = (account, typed) => {
  const [sms, app, recoveryCode] = [bySms, byApp, byRecoveryCode].map((proof) => proof(account, typed))
  return sms ?? app ?? recoveryCode
}

/** The account of who never typed a wrong OTP. */
export const unlocked = (account: Account): Account => ({ ...account, wrongAt: [], lockedUntil: null })

const wronglyTyped = (account: Account, { now, settings: { wrongOtps } }: Typed): Account => {
  const wrongAt = [...recent(account.wrongAt, wrongOtps, now), now]
  const isLocked = wrongAt.length >= wrongOtps.max
  return {
    ...account,
    wrongAt: isLocked ? [] : wrongAt,
    lockedUntil: isLocked ? now + Duration.toMillis(wrongOtps.lockFor) : null
  }
}

/** An operation that takes an OTP. */
interface Asked<E> {
  readonly operation: Operation
  readonly proof: Proof
  /** What a wrong OTP is answered with. */
  readonly wrong: () => E
  /** Further changes to the account. */
  readonly effect?: (account: Account) => Account
}

/** Carries an operation out if the OTP is right. After too many wrong ones, none is looked at for a while. */
export const proven = <E>(
  account: Account,
  typed: Typed,
  { operation, proof, effect = identity, wrong }: Asked<E>
): Answer<void, E | RateLimited> => {
  const { lockedUntil } = account
  if (lockedUntil !== null && lockedUntil > typed.now) {
    return tooMany(operation, "Too many wrong OTPs", lockedUntil - typed.now)
  }
  const used = proof(account, typed)
  return used === undefined
    ? { reply: Result.fail(wrong()), account: wronglyTyped(account, typed) }
    : { reply: Result.succeed(undefined), account: effect(unlocked(used)), carriedOut: operation }
}
