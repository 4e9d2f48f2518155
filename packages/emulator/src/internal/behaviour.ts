import { BadRequest, NotFound, type RateLimited, UnprocessableEntity } from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import type { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Account, NewSms } from "../Store.ts"
import { type Answer, recent, refused, tooMany } from "./answers.ts"
import { digits } from "./codes.ts"
import type { Settings } from "./options.ts"
import { byAny, proven, stillPending, type Typed } from "./proofs.ts"
import { isOn, unused, withSecrets, workingCodes } from "./twoFactor.ts"

/** Of the SMS of one user: who asks for more makes the oldest useless. */
const maxPending = 100

const noTwoFactor = (operation: Operation) =>
  refused(new NotFound({ operation, errors: ["Two-factor authentication is not enabled"] }))

const listOf = (account: Account) => Result.succeed(workingCodes(account))

export const findRecoveryCodes = (account: Account): Answer<RecoveryCodeList, NotFound> =>
  isOn(account) ? { reply: listOf(account), carriedOut: "findRecoveryCodes" } : noTwoFactor("findRecoveryCodes")

export const regenerateCodes = (before: Account, codes: ReadonlyArray<string>): Answer<RecoveryCodeList, NotFound> => {
  if (!isOn(before)) return noTwoFactor("regenerateCodes")
  const account = withSecrets(before, { recoveryCodes: unused(codes) })
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

export const findEnsureOtp = (account: Account, typed: Typed): Answer<void, BadRequest | RateLimited> =>
  proven(account, typed, {
    operation: "findEnsureOtp",
    proof: byAny,
    wrong: () => new BadRequest({ operation: "findEnsureOtp", errors: ["The OTP is not valid"] })
  })
