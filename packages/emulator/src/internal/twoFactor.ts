/** By which ways a user proves who they are: read from an account, which keeps it as what proves them. */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Redacted from "effect/Redacted"
import type { Account, Secrets } from "../Store.ts"
import type { TwoFactor } from "./twoFactorState.ts"

/** The account with other secrets, as far as they are given. */
export const withSecrets = (account: Account, secrets: Partial<Secrets>): Account => ({
  ...account,
  secrets: Redacted.make({ ...Redacted.value(account.secrets), ...secrets })
})

/** Whether two-factor authentication by app is on: it is while there is an app. */
export const isOnByApp = ({ secrets }: Account): boolean => Redacted.value(secrets).totp !== null

/** Whether two-factor authentication is on, in one way or both. */
export const isOn = (account: Account): boolean => isOnByApp(account) || account.tfaSms

/** The state of each way. A seed that is to replace an app that is on shows nowhere: the app is on. */
export const stateOf = (account: Account): TwoFactor => {
  const seeded = Redacted.value(account.secrets).seed === null ? "off" : "seeded"
  return { app: isOnByApp(account) ? "on" : seeded, sms: account.tfaSms ? "on" : "off" }
}

/** The recovery codes that still work. None with two-factor authentication off. */
export const working = (account: Account): ReadonlyArray<string> =>
  isOn(account)
    ? Redacted.value(account.secrets).recoveryCodes.flatMap(({ code, usedAt }) => (usedAt === null ? [code] : []))
    : []

/** Of accounts that are asked for again and again; one that changes is another object. */
const lists = new WeakMap<Account, RecoveryCodeList.RecoveryCodeList>()

/** The recovery codes that still work, hidden. */
export const workingCodes = (account: Account): RecoveryCodeList.RecoveryCodeList => {
  const known = lists.get(account)
  if (known !== undefined) return known
  const list = RecoveryCodeList.make(working(account))
  lists.set(account, list)
  return list
}

/** Recovery codes of which none is used. */
export const unused = (codes: ReadonlyArray<string>): Secrets["recoveryCodes"] =>
  codes.map((code) => ({ code, usedAt: null }))
