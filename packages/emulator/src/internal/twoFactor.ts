/** Reads the two-factor authentication of an account: which factors are on, and which recovery codes work. */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Redacted from "effect/Redacted"
import type { Account, Secrets } from "../Store.ts"
import type { TwoFactor } from "./twoFactorState.ts"

/** Replaces the given secrets of an account. */
export const withSecrets = (account: Account, secrets: Partial<Secrets>): Account => ({
  ...account,
  secrets: Redacted.make({ ...Redacted.value(account.secrets), ...secrets })
})

export const isOnByApp = ({ secrets }: Account): boolean => Redacted.value(secrets).totp !== null

/** Whether two-factor authentication is on, by app or by SMS. */
export const isOn = (account: Account): boolean => isOnByApp(account) || account.tfaSms

/** The state of each factor. While an app is on, a seed that may replace it does not show. */
export const stateOf = (account: Account): TwoFactor => {
  const seeded = Redacted.value(account.secrets).seed === null ? "off" : "seeded"
  return { app: isOnByApp(account) ? "on" : seeded, sms: account.tfaSms ? "on" : "off" }
}

/** The texts of the recovery codes that still work: none while two-factor authentication is off. */
export const workingCodeTexts = (account: Account): ReadonlyArray<string> =>
  isOn(account)
    ? Redacted.value(account.secrets).recoveryCodes.flatMap(({ code, usedAt }) => (usedAt === null ? [code] : []))
    : []

/** A cache: clients ask for the same list again and again. A changed account is another object. */
const lists = new WeakMap<Account, RecoveryCodeList.RecoveryCodeList>()

/** The recovery codes that still work. */
export const workingCodes = (account: Account): RecoveryCodeList.RecoveryCodeList => {
  const cached = lists.get(account)
  if (cached !== undefined) return cached
  const list = RecoveryCodeList.make(workingCodeTexts(account))
  lists.set(account, list)
  return list
}

export const unusedCodes = (codes: ReadonlyArray<string>): Secrets["recoveryCodes"] =>
  codes.map((code) => ({ code, usedAt: null }))
