import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Service } from "../Store.ts"
import * as Totp from "../Totp.ts"
import type { Change, LoggedRequest, UserView, View } from "../View.ts"
import { push } from "./bounded.ts"
import * as Changes from "./changes.ts"
import { findSame } from "./codes.ts"
import type { Named, Settings } from "./settings.ts"
import { recent, workingCodes } from "./steps.ts"

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

/** Whether a name has this in it, in capitals or not. */
export const searching = (search: string) => {
  const wanted = search.toLowerCase()
  return (name: string) => name.toLowerCase().includes(wanted)
}

/** The view, and what the emulator does to it. */
export interface Watched extends View {
  readonly publish: (change: Change) => Effect.Effect<void>
  readonly log: (request: Omit<LoggedRequest, "id">) => Effect.Effect<void>
  readonly clearRequests: Effect.Effect<void>
}

/**
 * Makes the view of what is in a store.
 *
 * @param store where the state is
 * @param users all of them, in their order
 * @param settings how much is kept
 */
export const make = (
  store: Service,
  users: ReadonlyArray<Pick<Named, "authToken" | "name">>,
  settings: Settings
): Watched => {
  const { publish, stream } = Changes.make()
  const requests: Array<LoggedRequest> = []
  let served = 0
  const tokens = new Map(users.map(({ authToken, name }) => [name, authToken]))

  const accountOf = (name: string) => {
    const token = tokens.get(name)
    return Effect.map(store.accounts(token === undefined ? [] : [token]), ([account = Option.none()]) => account)
  }

  const usersOf = Effect.fnUntraced(function* (authTokens: ReadonlyArray<Redacted.Redacted<string>>) {
    const now = yield* Clock.currentTimeMillis
    const accounts = yield* store.accounts(authTokens)
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
      Effect.map(store.accounts([authToken]), ([account = Option.none()]) =>
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
    requests: Effect.sync(() => requests.slice(-settings.requestLogSize)),
    changes: stream,
    publish,
    clearRequests: Effect.suspend(() => {
      requests.length = 0
      return publish({ _tag: "RequestsCleared" })
    }),
    log: (request) =>
      Effect.suspend(() => {
        served++
        const logged = { id: served, ...request }
        push(requests, logged, settings.requestLogSize)
        return publish({ _tag: "RequestServed", request: logged })
      })
  }
}
