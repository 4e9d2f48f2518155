/** Brings the users of the options into the store at the start, and adds, removes and resets users later. */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import type { EmulatorClock } from "../EmulatorClock.ts"
import type { InvalidOption } from "../InvalidOption.ts"
import type { Account, Service } from "../Store.ts"
import { UserExists } from "../UserExists.ts"
import type { Change, View } from "../View.ts"
import { makeAccount } from "./accounts.ts"
import { newToken } from "./codes.ts"
import type { Directory, Entry } from "./directory.ts"
import { optionDecoder } from "./optionDecoder.ts"
import { inProgram, nameOf, type Settings, user, type User } from "./options.ts"
import type { Randomness } from "./randomness.ts"

export interface UserManagement extends Pick<View, "addUser" | "removeUser" | "reset" | "resetUser"> {}

export interface Dependencies {
  readonly store: Service
  readonly directory: Directory
  readonly randomness: Randomness
  readonly settings: Settings
  readonly clock: EmulatorClock
  readonly view: Pick<View, "clearRequests" | "user">
  readonly publish: (change: Change) => Effect.Effect<void>
}

const entry = (options: User, name: string): Entry => ({ name, authToken: options.authToken, options })

const configuredEntries = ({ users }: Settings) => users.map((user, index) => entry(user, nameOf(user, index)))

const makeAccounts = (
  entries: ReadonlyArray<Entry>,
  kept: ReadonlyArray<Option.Option<Account>>,
  randomOf: (name: string) => SecureRandom.SecureRandom["Service"]
) =>
  Effect.forEach(entries, ({ authToken, name, options }, index) =>
    Effect.map(makeAccount(options, name, kept[index] ?? Option.none(), randomOf(name)), (account) => ({
      authToken,
      account
    }))
  )

/** Brings the users of the options into the store. They continue with the accounts that it has kept. */
export const start = Effect.fnUntraced(function* ({
  directory,
  randomness,
  settings,
  store
}: Omit<Dependencies, "clock" | "view" | "publish">): Effect.fn.Return<void, InvalidOption> {
  const entries = configuredEntries(settings)
  const kept = yield* store.accounts(entries.map(({ authToken }) => authToken))
  const users = yield* makeAccounts(entries, kept, randomness.of)
  yield* store.start({ users, outboxSize: settings.outboxSize })
  directory.replaceAll(entries)
})

const decodeUser = optionDecoder(user(inProgram))

export const make = ({
  clock,
  directory,
  publish,
  randomness,
  settings,
  store,
  view
}: Dependencies): UserManagement => {
  const freeName = (from: number): string => {
    const name = nameOf({}, from)
    return Option.isNone(directory.findByName(name)) ? name : freeName(from + 1)
  }

  const removeMessagesAndRequests = (user: string) =>
    Effect.andThen(
      store.removeSms((sms) => sms.user === user),
      view.clearRequests({ user })
    )

  const putNewAccount = ({ authToken, name, options }: Entry) =>
    Effect.flatMap(makeAccount(options, name, Option.none(), randomness.of(name)), (account) =>
      store.put(authToken, account)
    )

  /** Runs an effect for the user with this name. Returns whether there is one. */
  const withUser = <A>(name: string, f: (entry: Entry) => Effect.Effect<A>) =>
    Effect.suspend(() =>
      Option.match(directory.findByName(name), {
        onNone: () => Effect.succeed(false),
        onSome: (entry) => Effect.as(f(entry), true)
      })
    )

  // Between the check of a name and its entry in the directory, another one could take it.
  const oneAtATime = Semaphore.withPermit(Semaphore.makeUnsafe(1))

  return {
    addUser: Effect.fnUntraced(function* ({ seed, ...options }) {
      const name = options.name ?? freeName(directory.search("").length)
      if (Option.isSome(directory.findByName(name))) return yield* new UserExists({ option: "name" })
      yield* randomness.resetUser(name, seed)
      const authToken = options.authToken ?? Redacted.make(yield* newToken(randomness.of(name)))
      const added = entry(yield* Effect.fromResult(decodeUser({ ...options, authToken })), name)
      if (Option.isSome(directory.findByToken(authToken))) return yield* new UserExists({ option: "authToken" })
      yield* putNewAccount(added)
      directory.add(added)
      yield* publish({ _tag: "UserAdded", name })
      return Option.getOrThrow(yield* view.user(name))
    }, oneAtATime),

    removeUser: (name) =>
      withUser(
        name,
        Effect.fnUntraced(function* (removed) {
          directory.remove(removed)
          yield* store.remove(removed.authToken)
          yield* randomness.resetUser(name, undefined)
          yield* removeMessagesAndRequests(name)
          yield* publish({ _tag: "UserRemoved", name })
        })
      ).pipe(oneAtATime),

    reset: Effect.fnUntraced(function* (seed) {
      const before = directory.search("")
      const entries = configuredEntries(settings)
      yield* randomness.reset(seed)
      yield* store.reset({ users: yield* makeAccounts(entries, [], randomness.of), outboxSize: settings.outboxSize })
      directory.replaceAll(entries)
      yield* view.clearRequests()
      yield* clock.reset
      for (const { name } of before) {
        if (Option.isNone(directory.findByName(name))) yield* publish({ _tag: "UserRemoved", name })
      }
      yield* publish({ _tag: "Reset", name: null })
    }, oneAtATime),

    resetUser: (name, seed) =>
      withUser(
        name,
        Effect.fnUntraced(function* (entry) {
          yield* randomness.resetUser(name, seed)
          yield* putNewAccount(entry)
          yield* removeMessagesAndRequests(name)
          yield* publish({ _tag: "Reset", name })
        })
      ).pipe(oneAtATime)
  }
}
