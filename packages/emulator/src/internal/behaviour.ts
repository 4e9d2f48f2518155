import { BadRequest, NotFound, RateLimited, UnprocessableEntity } from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Account, NewSms, Secrets, Step } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { digits, findSame } from "./codes.ts"
import type { Limit, Settings } from "./options.ts"

type Answer<A, E> = Step<Result.Result<A, E>>

const refused = <E>(failure: E): Answer<never, E> => ({ reply: Result.fail(failure) })

/** The times that a limit still looks at. */
export const recent = (times: ReadonlyArray<number>, { within }: Limit, now: number) =>
  times.filter((time) => time > now - Duration.toMillis(within))

const tooMany = (operation: Operation, message: string, wait: number) =>
  refused(new RateLimited({ operation, errors: [message], retryAfter: Duration.millis(wait) }))

/** The recovery codes that still work. None with two-factor authentication off. */
const working = ({ secrets, twoFactor }: Account): ReadonlyArray<string> =>
  twoFactor ? Redacted.value(secrets).recoveryCodes.flatMap(({ code, usedAt }) => (usedAt === null ? [code] : [])) : []

/** The recovery codes that still work, hidden. */
export const workingCodes = (account: Account): RecoveryCodeList.RecoveryCodeList =>
  RecoveryCodeList.make(working(account))

/** The account with other secrets, as far as they are given. */
const withSecrets = (account: Account, secrets: Partial<Secrets>): Account => ({
  ...account,
  secrets: Redacted.make({ ...Redacted.value(account.secrets), ...secrets })
})

/** Of the SMS of one user: who asks for more makes the oldest useless. */
const maxPending = 100

/** The codes of SMS that work. */
export const stillPending = ({ secrets }: Account, now: number) =>
  Redacted.value(secrets).pending.filter(({ expiresAt }) => expiresAt > now)

const noTwoFactor = (operation: Operation) =>
  refused(new NotFound({ operation, errors: ["Two-factor authentication is not enabled"] }))

const listOf = (account: Account) => Result.succeed(workingCodes(account))

export const findRecoveryCodes = (account: Account): Answer<RecoveryCodeList.RecoveryCodeList, NotFound> =>
  account.twoFactor ? { reply: listOf(account), carriedOut: "findRecoveryCodes" } : noTwoFactor("findRecoveryCodes")

export const regenerateCodes = (
  before: Account,
  codes: ReadonlyArray<string>
): Answer<RecoveryCodeList.RecoveryCodeList, NotFound> => {
  if (!before.twoFactor) return noTwoFactor("regenerateCodes")
  const account = withSecrets(before, { recoveryCodes: codes.map((code) => ({ code, usedAt: null })) })
  return { reply: listOf(account), account, carriedOut: "regenerateCodes" }
}

/** The SMS that would be sent, and the account for which its code works. Neither sends nor counts it. */
export const newSms = (
  account: Account,
  otp: string,
  { otpTimeToLive, smsLimit }: Settings,
  now: number
): Answer<NewSms, UnprocessableEntity | RateLimited> => {
  const { name, phoneNumber } = account
  if (phoneNumber === null) {
    return refused(new UnprocessableEntity({ operation: "receiveCodes", errors: ["No phone number is known"] }))
  }
  const smsAt = smsLimit === undefined ? [] : recent(account.smsAt, smsLimit, now)
  const [oldest] = smsAt
  if (smsLimit !== undefined && oldest !== undefined && smsAt.length >= smsLimit.max) {
    return tooMany("receiveCodes", "Too many SMS", oldest + Duration.toMillis(smsLimit.within) - now)
  }
  const expiresAt = now + Duration.toMillis(otpTimeToLive)
  const sms = { user: name, phoneNumber, otp: digits(otp), sentAt: now, expiresAt }
  return {
    reply: Result.succeed(sms),
    account: {
      ...withSecrets(account, {
        pending: [...stillPending(account, now), { otp, expiresAt }].slice(-maxPending)
      }),
      smsAt: smsLimit === undefined ? [] : [...smsAt, now]
    }
  }
}

const without = (pending: Secrets["pending"], otp: string) => pending.filter((sms) => findSame([sms.otp], otp) === -1)

/** An account for which the code of an SMS does not work, since that could not be delivered. */
export const withoutSms = (account: Account, { otp }: NewSms): Account =>
  withSecrets(account, { pending: without(Redacted.value(account.secrets).pending, Redacted.value(otp)) })

/** The account without what this OTP uses up; none if the OTP is wrong. All that could match is compared. */
const useUp = (
  account: Account,
  redacted: Redacted.Redacted<string>,
  window: number,
  now: number
): Account | undefined => {
  const otp = Redacted.value(redacted)
  const { recoveryCodes, totp } = Redacted.value(account.secrets)
  const pending = stillPending(account, now)
  const sms = findSame(
    pending.map((sms) => sms.otp),
    otp
  )
  const step =
    account.twoFactor && totp !== null
      ? Totp.verify(totp, redacted, { now, window, after: account.totpStep })
      : Option.none()
  const codes = working(account)
  const code = codes[findSame(codes, otp)]
  if (sms !== -1) return withSecrets(account, { pending: without(pending, otp) })
  if (Option.isSome(step)) return { ...withSecrets(account, { pending }), totpStep: step.value }
  if (code === undefined) return undefined
  const used = recoveryCodes.map((one) => (one.code === code && one.usedAt === null ? { code, usedAt: now } : one))
  return withSecrets(account, { pending, recoveryCodes: used })
}

/** The account of who never typed a wrong OTP. */
export const unlocked = (account: Account): Account => ({ ...account, wrongAt: [], lockedUntil: null })

export const findEnsureOtp = (
  account: Account,
  otp: Redacted.Redacted<string>,
  { totpWindow, wrongOtps }: Settings,
  now: number
): Answer<void, BadRequest | RateLimited> => {
  if (account.lockedUntil !== null && account.lockedUntil > now) {
    return tooMany("findEnsureOtp", "Too many wrong OTPs", account.lockedUntil - now)
  }
  const used = useUp(account, otp, totpWindow, now)
  if (used !== undefined) {
    return {
      reply: Result.succeed(undefined),
      account: unlocked(used),
      carriedOut: "findEnsureOtp"
    }
  }
  const wrongAt = [...recent(account.wrongAt, wrongOtps, now), now]
  const isLocked = wrongAt.length >= wrongOtps.max
  return {
    reply: Result.fail(new BadRequest({ operation: "findEnsureOtp", errors: ["The OTP is not valid"] })),
    account: {
      ...account,
      wrongAt: isLocked ? [] : wrongAt,
      lockedUntil: isLocked ? now + Duration.toMillis(wrongOtps.lockFor) : null
    }
  }
}
