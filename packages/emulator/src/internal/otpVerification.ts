/** Verifies OTPs: codes of SMS, codes of apps, and recovery codes. All comparisons take constant time. */
import type { Operation } from "@metal-otp/schema/Operation"
import type { RateLimited } from "@metal-otp/schema/OtpsError"
import * as Duration from "effect/Duration"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Account, NewSms, Secrets } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { indexOfTimingSafe } from "./codes.ts"
import type { Settings } from "./options.ts"
import { recentTimes, refuseForNow, type Transition } from "./transition.ts"
import { withSecrets, workingCodeTexts } from "./twoFactor.ts"

/** An OTP to verify, and what verification depends on. */
export interface OtpInput {
  readonly otp: Redacted.Redacted<string>
  readonly settings: Settings
  /** Epoch milliseconds. */
  readonly now: number
}

/** Verifies an OTP: returns the account in which the code is used up, or `undefined` if the OTP is wrong. */
export type Verify = (account: Account, input: OtpInput) => Account | undefined

/** The codes of SMS that are neither used nor expired. */
export const validSmsCodes = ({ secrets }: Account, now: number) =>
  Redacted.value(secrets).smsCodes.filter(({ expiresAt }) => expiresAt > now)

const without = (smsCodes: Secrets["smsCodes"], otp: string) =>
  smsCodes.filter((sms) => indexOfTimingSafe([sms.otp], otp) === -1)

const withoutItem = <A>(list: ReadonlyArray<A>, index: number) => (index === -1 ? list : list.toSpliced(index, 1))

/**
 * Undoes an SMS, after its delivery failed: its code becomes invalid, and it does not count towards the limit of SMS. An
 * earlier SMS with the same fixed code works on.
 */
export const withoutSms = (account: Account, { expiresAt, otp, sentAt }: NewSms): Account => {
  const { smsCodes } = Redacted.value(account.secrets)
  const index = smsCodes.findLastIndex(
    (sms) => sms.expiresAt === expiresAt && indexOfTimingSafe([sms.otp], Redacted.value(otp)) !== -1
  )
  return {
    ...withSecrets(account, { smsCodes: withoutItem(smsCodes, index) }),
    smsAt: withoutItem(account.smsAt, account.smsAt.lastIndexOf(sentAt))
  }
}

export const verifySmsCode: Verify = (account, { now, otp }) => {
  const smsCodes = validSmsCodes(account, now)
  const codes = smsCodes.map((sms) => sms.otp)
  return indexOfTimingSafe(codes, Redacted.value(otp)) === -1
    ? undefined
    : withSecrets(account, { smsCodes: without(smsCodes, Redacted.value(otp)) })
}

const verifyTotp = (totp: Totp.Totp | null, after: number | null, { now, otp, settings }: OtpInput) =>
  totp === null ? Option.none() : Totp.verify(totp, otp, { now, window: settings.totpWindow, after })

const verifyAppCode: Verify = (account, input) => {
  const timeStep = verifyTotp(Redacted.value(account.secrets).totp, account.totpStep, input)
  return Option.isNone(timeStep) ? undefined : { ...account, totpStep: timeStep.value }
}

/** Verifies the first code of a seed, which then replaces the app. */
export const verifySeedCode: Verify = (account, input) => {
  const { seed } = Redacted.value(account.secrets)
  const timeStep = verifyTotp(seed, null, input)
  return Option.isNone(timeStep)
    ? undefined
    : { ...withSecrets(account, { totp: seed, seed: null }), totpStep: timeStep.value }
}

const verifyRecoveryCode: Verify = (account, { now, otp }) => {
  const codes = workingCodeTexts(account)
  const code = codes[indexOfTimingSafe(codes, Redacted.value(otp))]
  if (code === undefined) return undefined
  const { recoveryCodes } = Redacted.value(account.secrets)
  return withSecrets(account, {
    recoveryCodes: recoveryCodes.map((one) => (one.code === code && one.usedAt === null ? { code, usedAt: now } : one))
  })
}

/** Verifies the code of an SMS or of the app, or a recovery code. It compares all of them, whichever matches first. */
export const verifyAnyCode: Verify = (account, input) => {
  const [bySms, byApp, byRecoveryCode] = [verifySmsCode, verifyAppCode, verifyRecoveryCode].map((verify) =>
    verify(account, input)
  )
  return bySms ?? byApp ?? byRecoveryCode
}

/** Ends the lock, and forgets the wrong OTPs. */
export const unlocked = (account: Account): Account => ({ ...account, wrongAt: [], lockedUntil: null })

const withWrongOtp = (account: Account, { now, settings: { wrongOtps } }: OtpInput): Account => {
  const wrongAt = [...recentTimes(account.wrongAt, wrongOtps, now), now]
  const isLocked = wrongAt.length >= wrongOtps.max
  return {
    ...account,
    wrongAt: isLocked ? [] : wrongAt,
    lockedUntil: isLocked ? now + Duration.toMillis(wrongOtps.lockFor) : null
  }
}

/** An operation that takes an OTP. */
interface OtpOperation<E> {
  readonly operation: Operation
  readonly verify: Verify
  /** The failure for a wrong OTP. */
  readonly wrongOtp: () => E
  /** The effect of the operation, besides using up the code. */
  readonly change?: (account: Account) => Account
}

/** Carries an operation out if its OTP is right. While the account is locked, it refuses the OTP without comparing it. */
export const withVerifiedOtp = <E>(
  account: Account,
  input: OtpInput,
  { change = identity, operation, verify, wrongOtp }: OtpOperation<E>
): Transition<void, E | RateLimited> => {
  const { lockedUntil } = account
  if (lockedUntil !== null && lockedUntil > input.now) {
    return refuseForNow(operation, "Too many wrong OTPs", lockedUntil - input.now)
  }
  const verified = verify(account, input)
  return verified === undefined
    ? { reply: Result.fail(wrongOtp()), account: withWrongOtp(account, input) }
    : { reply: Result.succeed(undefined), account: change(unlocked(verified)), counted: operation }
}
