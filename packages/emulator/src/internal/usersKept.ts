import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { EmulatorClock } from "../EmulatorClock.ts"
import type { InvalidOption } from "../InvalidOption.ts"
import type { Account, Service } from "../Store.ts"
import { UserExists } from "../UserExists.ts"
import type { Change, View } from "../View.ts"
import { account } from "./accounts.ts"
import { newToken } from "./codes.ts"
import type { Directory, Entry } from "./directory.ts"
import { inProgram, nameOf, type Settings, user, type User } from "./options.ts"
import { reader } from "./problems.ts"
import type { Randomness } from "./randomness.ts"

/** What begins users, ends them, and lets them begin again. */
export interface UsersKept extends Pick<View, "addUser" | "removeUser" | "reset" | "resetUser"> {}

/** What the users are kept with. */
export interface Parts {
  readonly store: Service
  readonly directory: Directory
  readonly randomness: Randomness
  readonly settings: Settings
  readonly clock: EmulatorClock
  readonly view: Pick<View, "clearRequests" | "user">
  readonly publish: (change: Change) => Effect.Effect<void>
}

const entry = (options: User, name: string): Entry => ({ name, authToken: options.authToken, options })

/** The users of the options. */
const entriesOf = ({ users }: Settings) => users.map((user, index) => entry(user, nameOf(user, index)))

const accountsOf = (
  entries: ReadonlyArray<Entry>,
  kept: ReadonlyArray<Option.Option<Account>>,
  randomOf: (name: string) => SecureRandom.SecureRandom["Service"]
) =>
  Effect.forEach(entries, ({ authToken, name, options }, index) =>
    Effect.map(account(options, name, kept[index] ?? Option.none(), randomOf(name)), (account) => ({
      authToken,
      account
    }))
  )

/**
 * Brings the users of the options into the store, with what that keeps of them.
 *
 * @param parts what they are kept with
 */
export const start = Effect.fnUntraced(function* ({
  directory,
  randomness,
  settings,
  store
}: Omit<Parts, "clock" | "view" | "publish">): Effect.fn.Return<void, InvalidOption> {
  const entries = entriesOf(settings)
  const kept = yield* store.accounts(entries.map(({ authToken }) => authToken))
  const users = yield* accountsOf(entries, kept, randomness.of)
  yield* store.start({ users, outboxSize: settings.outboxSize })
  directory.replace(entries)
})

const read = reader(user(inProgram))

/**
 * Makes what changes who the users are.
 *
 * @param parts what they are kept with
 */
export const make = (parts: Parts): UsersKept => {
  const { clock, directory, publish, randomness, settings, store, view } = parts

  const freeName = (from: number): string => {
    const name = nameOf({}, from)
    return Option.isNone(directory.named(name)) ? name : freeName(from + 1)
  }

  /** What is of a user besides their account. */
  const forget = (name: string) =>
    Effect.andThen(
      store.removeSms((sms) => sms.user === name),
      view.clearRequests({ user: name })
    )

  const begin = (entry: Entry) =>
    Effect.flatMap(account(entry.options, entry.name, Option.none(), randomness.of(entry.name)), (account) =>
      store.put(entry.authToken, account)
    )

  const found = <A>(name: string, then: (entry: Entry) => Effect.Effect<A>) =>
    Option.match(directory.named(name), {
      onNone: () => Effect.succeed(false),
      onSome: (entry) => Effect.as(then(entry), true)
    })

  return {
    addUser: Effect.fnUntraced(function* ({ seed, ...given }) {
      const name = given.name ?? freeName(directory.find("").length)
      if (Option.isSome(directory.named(name))) return yield* new UserExists({ option: "name" })
      yield* randomness.resetUser(name, seed)
      const authToken = given.authToken ?? Redacted.make(yield* newToken(randomness.of(name)))
      const added = entry(yield* Effect.fromResult(read({ ...given, authToken })), name)
      if (Option.isSome(directory.withToken(authToken))) return yield* new UserExists({ option: "authToken" })
      yield* begin(added)
      directory.add(added)
      yield* publish({ _tag: "UserAdded", name })
      return Option.getOrThrow(yield* view.user(name))
    }),

    removeUser: (name) =>
      found(
        name,
        Effect.fnUntraced(function* (removed) {
          directory.remove(removed)
          yield* store.remove(removed.authToken)
          yield* randomness.resetUser(name, undefined)
          yield* forget(name)
          yield* publish({ _tag: "UserRemoved", name })
        })
      ),

    reset: Effect.fnUntraced(function* (seed) {
      const gone = directory.find("")
      const entries = entriesOf(settings)
      yield* randomness.reset(seed)
      yield* store.reset({ users: yield* accountsOf(entries, [], randomness.of), outboxSize: settings.outboxSize })
      directory.replace(entries)
      yield* view.clearRequests()
      yield* clock.reset
      for (const { name } of gone) {
        if (Option.isNone(directory.named(name))) yield* publish({ _tag: "UserRemoved", name })
      }
      yield* publish({ _tag: "Reset", name: null })
    }),

    resetUser: (name, seed) =>
      found(
        name,
        Effect.fnUntraced(function* (entry) {
          yield* randomness.resetUser(name, seed)
          yield* begin(entry)
          yield* forget(name)
          yield* publish({ _tag: "Reset", name })
        })
      )
  }
}
