/** The operations that list, send and verify codes, as pure functions of an account. */
import { BadRequest, NotFound, type RateLimited, UnprocessableEntity } from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import type { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Account, NewSms } from "../Store.ts"
import { toOtp } from "./codes.ts"
import type { Settings } from "./options.ts"
import { type OtpInput, validSmsCodes, verifyAnyCode, withVerifiedOtp } from "./otpVerification.ts"
import { recentTimes, refuse, refuseForNow, type Transition } from "./transition.ts"
import { isOn, unusedCodes, withSecrets, workingCodes } from "./twoFactor.ts"

/** The codes of SMS that one user can have at a time. One more makes the oldest invalid. */
const maxSmsCodes = 100

const noTwoFactor = (operation: Operation) =>
  refuse(new NotFound({ operation, errors: ["Two-factor authentication is not enabled"] }))

export const findRecoveryCodes = (account: Account): Transition<RecoveryCodeList, NotFound> =>
  isOn(account)
    ? { reply: Result.succeed(workingCodes(account)), counted: "findRecoveryCodes" }
    : noTwoFactor("findRecoveryCodes")

export const regenerateCodes = (
  before: Account,
  codes: ReadonlyArray<string>
): Transition<RecoveryCodeList, NotFound> => {
  if (!isOn(before)) return noTwoFactor("regenerateCodes")
  const account = withSecrets(before, { recoveryCodes: unusedCodes(codes) })
  return { reply: Result.succeed(workingCodes(account)), account, counted: "regenerateCodes" }
}

/** Prepares an SMS: its code works from now on. The SMS counts only after its delivery, so this does not count it. */
export const newSms = (
  account: Account,
  otp: string,
  { otpTimeToLive, smsLimit }: Settings,
  now: number
): Transition<NewSms, UnprocessableEntity | RateLimited> => {
  const { name, phoneNumber } = account
  if (phoneNumber === null) {
    return refuse(new UnprocessableEntity({ operation: "receiveCodes", errors: ["No phone number is known"] }))
  }
  const smsAt = smsLimit === undefined ? [] : recentTimes(account.smsAt, smsLimit, now)
  const [oldest] = smsAt
  if (smsLimit !== undefined && oldest !== undefined && smsAt.length >= smsLimit.max) {
    return refuseForNow("receiveCodes", "Too many SMS", oldest + Duration.toMillis(smsLimit.within) - now)
  }
  const expiresAt = now + Duration.toMillis(otpTimeToLive)
  const smsCodes = [...validSmsCodes(account, now), { otp, expiresAt }].slice(-maxSmsCodes)
  return {
    reply: Result.succeed({ user: name, phoneNumber, otp: toOtp(otp), sentAt: now, expiresAt }),
    account: { ...withSecrets(account, { smsCodes }), smsAt: smsLimit === undefined ? [] : [...smsAt, now] }
  }
}

export const findEnsureOtp = (account: Account, input: OtpInput): Transition<void, BadRequest | RateLimited> =>
  withVerifiedOtp(account, input, {
    operation: "findEnsureOtp",
    verify: verifyAnyCode,
    wrongOtp: () => new BadRequest({ operation: "findEnsureOtp", errors: ["The OTP is not valid"] })
  })
