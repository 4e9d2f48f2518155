import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Service } from "../Store.ts"
import * as Totp from "../Totp.ts"
import type { Change, UserView, View } from "../View.ts"
import { recent, unlocked, workingCodes } from "./behaviour.ts"
import { findSame } from "./codes.ts"
import { searching } from "./searching.ts"
import type { Settings } from "./options.ts"

const userView = (
  authToken: Redacted.Redacted<string>,
  account: Account,
  { wrongOtps }: Settings,
  now: number
): UserView => {
  const { lockedUntil, name, phoneNumber, secrets, twoFactor, wrongAt } = account
  const { recoveryCodes, totp } = Redacted.value(secrets)
  const isEnrolled = twoFactor && totp !== null
  return {
    name,
    authToken,
    phoneNumber,
    twoFactor,
    app: isEnrolled
      ? {
          uri: Totp.uri(totp, name),
          code: Totp.code(totp, now),
          nextCodeAt: Totp.nextCodeAt(totp, now),
          period: totp.period * 1000
        }
      : null,
    recoveryCodes: twoFactor ? recoveryCodes.map(({ code, usedAt }) => ({ code: Redacted.make(code), usedAt })) : [],
    wrongOtps: recent(wrongAt, wrongOtps, now).length,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null
  }
}

/** What the view is made of. */
export interface Parts {
  readonly store: Service
  /** All of them, in their order. */
  readonly users: ReadonlyArray<{ readonly authToken: Redacted.Redacted<string>; readonly name: string }>
  readonly settings: Settings
  readonly publish: (change: Change) => Effect.Effect<void>
}

/** Makes the view of what is in a store. */
export const make = ({
  publish,
  settings,
  store,
  users
}: Parts): Omit<View, "requests" | "clearRequests" | "clearRequestsOf" | "changes"> => {
  const tokens = new Map(users.map(({ authToken, name }) => [name, authToken]))

  // Once started, what can't be read is a defect.
  const accountsOf = (authTokens: ReadonlyArray<Redacted.Redacted<string>>) => Effect.orDie(store.accounts(authTokens))

  const accountOf = (name: string) => {
    const token = tokens.get(name)
    return Effect.map(accountsOf(token === undefined ? [] : [token]), ([account = Option.none()]) => account)
  }

  const usersOf = Effect.fnUntraced(function* (authTokens: ReadonlyArray<Redacted.Redacted<string>>) {
    const now = yield* Clock.currentTimeMillis
    const accounts = yield* accountsOf(authTokens)
    return authTokens.flatMap((authToken, index) =>
      Option.match(accounts[index] ?? Option.none(), {
        onNone: () => [],
        onSome: (account) => [userView(authToken, account, settings, now)]
      })
    )
  })

  return {
    outbox: store.outbox,
    works: Effect.fnUntraced(function* ({ expiresAt, otp, user }) {
      const now = yield* Clock.currentTimeMillis
      const pending = Option.match(yield* accountOf(user), {
        onNone: () => [],
        onSome: ({ secrets }) => Redacted.value(secrets).pending.filter((one) => one.expiresAt === expiresAt)
      })
      const codes = pending.map((one) => one.otp)
      return now < expiresAt && findSame(codes, Redacted.value(otp)) !== -1
    }),
    recoveryCodes: (authToken) =>
      Effect.map(accountsOf([authToken]), ([account = Option.none()]) =>
        Option.match(account, { onNone: () => [], onSome: (found) => workingCodes(found).recoveryCodes })
      ),
    counts: store.counts,
    users: Effect.fnUntraced(function* (options) {
      const { limit = 100, offset = 0, search = "" } = options ?? {}
      const isFound = searching(search)
      const found = users.filter(({ name }) => isFound(name))
      const page = found.slice(offset, offset + limit).map(({ authToken }) => authToken)
      return { users: yield* usersOf(page), total: found.length }
    }),
    user: (name) => Effect.map(usersOf(Arr.fromOption(Option.fromUndefinedOr(tokens.get(name)))), Arr.head),
    clearOutbox: Effect.andThen(store.clearOutbox, publish({ _tag: "OutboxCleared" })),
    clearOutboxOf: (search) =>
      Effect.andThen(store.clearOutboxOf(searching(search)), publish({ _tag: "OutboxCleared" })),
    unlock: Effect.fnUntraced(function* (name) {
      const authToken = tokens.get(name)
      if (authToken === undefined) return
      yield* store.modify(authToken, (account) => ({ reply: undefined, account: unlocked(account) }))
      yield* publish({ _tag: "UserChanged", name })
    })
  }
}
