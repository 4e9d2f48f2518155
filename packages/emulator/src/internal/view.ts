import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Account, Service } from "../Store.ts"
import * as Totp from "../Totp.ts"
import type { Change, LoggedRequest, UserView, View } from "../View.ts"
import { push } from "./bounded.ts"
import type { Settings } from "./settings.ts"
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
      ? { uri: Totp.uri(totp, name), code: Totp.code(totp, now), nextCodeAt: Totp.nextCodeAt(totp, now) }
      : null,
    recoveryCodes: twoFactor ? recoveryCodes.map(({ code, usedAt }) => ({ code: Redacted.make(code), usedAt })) : [],
    wrongOtps: recent(wrongAt, wrongOtps, now).length,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null
  }
}

/** The view, and the two ways in which the emulator adds to it. */
export interface Watched extends View {
  readonly publish: (change: Change) => Effect.Effect<void>
  readonly log: (request: Omit<LoggedRequest, "id">) => Effect.Effect<void>
}

/**
 * Makes the view of what is in a store.
 *
 * @param store where the state is
 * @param authTokens those of all users, in their order
 * @param settings how much is kept
 */
export const make = Effect.fnUntraced(function* (
  store: Service,
  authTokens: ReadonlyArray<Redacted.Redacted<string>>,
  settings: Settings
): Effect.fn.Return<Watched> {
  const changes = yield* PubSub.sliding<Change>(1000)
  const requests: Array<LoggedRequest> = []
  let served = 0
  const publish = (change: Change) => Effect.asVoid(PubSub.publish(changes, change))
  return {
    outbox: store.outbox,
    recoveryCodes: (authToken) =>
      Effect.map(store.accounts([authToken]), ([account = Option.none()]) =>
        Option.match(account, { onNone: () => [], onSome: workingCodes })
      ),
    counts: store.counts,
    users: Effect.fnUntraced(function* (options) {
      const { limit = 100, offset = 0 } = options ?? {}
      const now = yield* Clock.currentTimeMillis
      const page = authTokens.slice(offset, offset + limit)
      const accounts = yield* store.accounts(page)
      const users = page.flatMap((authToken, index) =>
        Option.match(accounts[index] ?? Option.none(), {
          onNone: () => [],
          onSome: (account) => [userView(authToken, account, settings, now)]
        })
      )
      return { users, total: authTokens.length }
    }),
    requests: Effect.sync(() => requests.slice(-settings.requestLogSize)),
    changes: Stream.fromPubSub(changes),
    publish,
    log: (request) =>
      Effect.suspend(() => {
        served++
        const logged = { id: served, ...request }
        push(requests, logged, settings.requestLogSize)
        return publish({ _tag: "RequestServed", request: logged })
      })
  }
})
