import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { EmulatorClock } from "../EmulatorClock.ts"
import type { Account, Service, Sms } from "../Store.ts"
import * as Totp from "../Totp.ts"
import type { App, Change, UserView, View } from "../View.ts"
import { recent } from "./answers.ts"
import { findSame } from "./codes.ts"
import type { Directory, Entry } from "./directory.ts"
import type { Made as Sending } from "./operations.ts"
import type { Settings } from "./options.ts"
import { stillPending, unlocked } from "./proofs.ts"
import { isAfter, ofWhom } from "./searching.ts"
import { isOn, stateOf, workingCodes } from "./twoFactor.ts"
import type { UsersKept } from "./usersKept.ts"
import type { Waiting } from "./waiting.ts"

const app = (totp: Totp.Totp | null, name: string, now: number): App | null =>
  totp && {
    uri: Totp.uri(totp, name),
    code: Totp.code(totp, now),
    nextCodeAt: Totp.nextCodeAt(totp, now),
    period: totp.period * 1000
  }

const userView = ({ authToken, options }: Entry, account: Account, { wrongOtps }: Settings, now: number): UserView => {
  const { lockedUntil, name, phoneNumber, secrets, wrongAt } = account
  const { recoveryCodes, seed, totp } = Redacted.value(secrets)
  return {
    name,
    authToken,
    phoneNumber,
    twoFactor: stateOf(account),
    fixedOtp: options.otp ?? null,
    app: app(totp, name, now),
    seed: app(seed, name, now),
    recoveryCodes: isOn(account)
      ? recoveryCodes.map(({ code, usedAt }) => ({ code: Redacted.make(code), usedAt }))
      : [],
    wrongOtps: recent(wrongAt, wrongOtps, now).length,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null
  }
}

/** What the view is made of. */
export interface Parts {
  readonly store: Service
  readonly directory: Directory
  readonly settings: Settings
  readonly clock: EmulatorClock
  readonly waiting: Waiting
  readonly sendSms: Sending["sendSms"]
  readonly publish: (change: Change) => Effect.Effect<void>
}

/** Makes the view of what is in a store. */
export const make = ({
  clock,
  directory,
  publish,
  sendSms,
  settings,
  store,
  waiting
}: Parts): Omit<View, "requests" | "clearRequests" | "changes" | "smsSent" | keyof UsersKept> => {
  // Once started, what can't be read is a defect.
  const accountsOf = (authTokens: ReadonlyArray<Redacted.Redacted<string>>) => Effect.orDie(store.accounts(authTokens))

  const accountOf = (name: string) =>
    Option.match(directory.named(name), {
      onNone: () => Effect.succeedNone,
      onSome: ({ authToken }) => Effect.map(accountsOf([authToken]), ([account = Option.none()]) => account)
    })

  const usersOf = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const now = yield* clock.now
    const accounts = yield* accountsOf(entries.map(({ authToken }) => authToken))
    return entries.flatMap((entry, index) =>
      Option.match(accounts[index] ?? Option.none(), {
        onNone: () => [],
        onSome: (account) => [userView(entry, account, settings, now)]
      })
    )
  })

  /** Tells of an SMS whether its code works. */
  const working = Effect.fnUntraced(function* (user: string) {
    const now = yield* clock.now
    const pending = Option.match(yield* accountOf(user), {
      onNone: () => [],
      onSome: (account) => stillPending(account, now)
    })
    return ({ expiresAt, otp }: Sms) => {
      const codes = pending.filter((one) => one.expiresAt === expiresAt).map((one) => one.otp)
      return findSame(codes, Redacted.value(otp)) !== -1
    }
  })

  const newestOf = (name: string, isWanted: (sms: Sms) => boolean) =>
    store.newestSms((sms) => sms.user === name && isWanted(sms))

  return {
    clock,
    outbox: store.outbox,
    works: (sms) => Effect.map(working(sms.user), (works) => works(sms)),
    recoveryCodes: (authToken) =>
      Effect.map(accountsOf([authToken]), ([account = Option.none()]) =>
        Option.match(account, { onNone: () => [], onSome: (found) => workingCodes(found).recoveryCodes })
      ),
    counts: store.counts,
    users: Effect.fnUntraced(function* (options) {
      const { limit = 100, offset = 0, search = "" } = options ?? {}
      const found = directory.find(search)
      return { users: yield* usersOf(found.slice(offset, offset + limit)), total: found.length }
    }),
    user: (name) => Effect.map(usersOf(Arr.fromOption(directory.named(name))), Arr.head),
    otp: Effect.fnUntraced(function* ({ after, user, wait = Duration.zero }) {
      if (Option.isNone(directory.named(user))) return Option.none()
      const isWanted = (sms: Sms) => isAfter(sms, after)
      const look = Effect.flatMap(working(user), (works) => newestOf(user, (sms) => isWanted(sms) && works(sms)))
      if (Duration.isZero(Duration.fromInputUnsafe(wait))) return yield* look
      return Option.flatten(yield* Effect.timeoutOption(waiting.next(user, isWanted, look), wait))
    }),
    sms: (id) => store.newestSms((sms) => sms.id === id),
    newestSms: (name) => newestOf(name, constTrue),
    sendSms: (name) =>
      Option.match(directory.named(name), {
        onNone: () => Effect.succeedNone,
        onSome: ({ authToken }) =>
          sendSms(authToken).pipe(
            Effect.asSome,
            // Removed before it was sent.
            Effect.catchTag("Unauthorized", () => Effect.succeedNone)
          )
      }),
    clearOutbox: (whose) =>
      Effect.suspend(() => {
        const isOfThem = ofWhom(whose)
        return Effect.andThen(
          store.removeSms(({ user }) => isOfThem(user)),
          publish({ _tag: "OutboxCleared" })
        )
      }),
    removeSms: (id) =>
      Effect.tap(
        Effect.map(
          store.removeSms((sms) => sms.id === id),
          (removed) => removed > 0
        ),
        (isRemoved) => (isRemoved ? publish({ _tag: "OutboxCleared" }) : Effect.void)
      ),
    unlock: Effect.fnUntraced(function* (name) {
      const entry = directory.named(name)
      if (Option.isNone(entry)) return
      yield* store.modify(entry.value.authToken, (account) => ({ reply: undefined, account: unlocked(account) }))
      yield* publish({ _tag: "UserChanged", name })
    })
  }
}
