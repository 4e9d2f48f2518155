/**
 * The emulator's state in a SQLite file, which survives a restart. On Node only: it is made with
 * `node:sqlite`.
 *
 * Every operation is one transaction, and is answered when that is committed, so
 * a process that is killed at any moment loses nothing that it has answered. A
 * refusal that changes nothing is none. The file is in WAL mode with
 * `synchronous = NORMAL`: when the whole machine loses power, the last operations
 * before that can be missing, and none is there by half.
 *
 * What is secret in it is encrypted with the key: users, their codes and the
 * SMS. Tokens are not in it, only keyed hashes of them. In the clear are the
 * counts, how many users and SMS there are, and how large their records are.
 *
 * @since 0.1.0
 */
import { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { DatabaseSync } from "node:sqlite"
import { zero } from "./internal/counts.ts"
import { attempt, open } from "./internal/database.ts"
import * as options from "./internal/options.ts"
import * as Outbox from "./internal/outbox.ts"
import { reader } from "./internal/problems.ts"
import { type Sealing, smsAt, userAt } from "./internal/sealing.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { Account, type Counts, type Service, Sms, type Start, Store } from "./Store.ts"

/**
 * Where the state is kept. It decodes to the same, checked.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Options = options.database(options.inProgram)

/**
 * The input of `Options`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof Options.Encoded

const checked = reader(Options)

const Counter = Schema.Struct({
  operation: Operation,
  total: Schema.Int
})

const counters = Schema.decodeUnknownSync(Schema.Array(Counter))
const record = Schema.decodeUnknownSync(Schema.Struct({ record: Schema.Uint8Array }))
const outboxRow = Schema.decodeUnknownSync(Schema.Struct({ id: Schema.Int, record: Schema.Uint8Array }))

/** Typed text in and out of sealed bytes. */
const sealed = <A>(schema: Schema.ConstraintCodec<A, string>, { seal, unseal }: Sealing) => {
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeSync(schema)
  return {
    seal: (place: string, value: A) => seal(place, encode(value)),
    unseal: (place: string, bytes: Uint8Array) => decode(Result.getOrThrow(unseal(place, bytes)))
  }
}

const userRow = Schema.decodeUnknownSync(Schema.Struct({ token: Schema.Uint8Array, record: Schema.Uint8Array }))

const transactions = (database: DatabaseSync) => {
  const begin = database.prepare("BEGIN IMMEDIATE")
  const commit = database.prepare("COMMIT")
  const rollback = database.prepare("ROLLBACK")
  return (write: () => void) => {
    begin.run()
    const written = Result.try(() => {
      write()
      commit.run()
    })
    if (Result.isFailure(written) && database.isTransaction) rollback.run()
    return Result.getOrThrow(written)
  }
}

const prepared = (database: DatabaseSync) => ({
  transaction: transactions(database),
  find: database.prepare("SELECT record FROM users WHERE token = ?"),
  users: database.prepare("SELECT token, record FROM users"),
  put: database.prepare(
    "INSERT INTO users (token, record) VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET record = excluded.record"
  ),
  count: database.prepare(
    "INSERT INTO counts (operation, total) VALUES (?, 1) ON CONFLICT (operation) DO UPDATE SET total = total + 1"
  ),
  countAll: database.prepare("SELECT operation, total FROM counts"),
  add: database.prepare("INSERT INTO outbox (id, record) VALUES (?, ?)"),
  cut: database.prepare("DELETE FROM outbox WHERE id <= ?"),
  remove: database.prepare("DELETE FROM outbox WHERE id = ?"),
  all: database.prepare("SELECT id, record FROM outbox ORDER BY id"),
  forget: database.prepare("DELETE FROM users WHERE token = ?"),
  forgetUsers: database.prepare("DELETE FROM users"),
  forgetOutbox: database.prepare("DELETE FROM outbox"),
  zero: database.prepare("UPDATE counts SET total = 0")
})

/**
 * Opens the store for as long as the scope lives: what `layer` provides.
 *
 * @param options the file and its key
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Service, InvalidOption, Scope.Scope> {
  const { database, sealing } = yield* open(yield* Effect.fromResult(checked(options)))
  const accounts = sealed(Schema.fromJsonString(Account), sealing)
  const sms = sealed(Schema.fromJsonString(Sms), sealing)
  const readSms = (row: unknown) => {
    const { id, record } = outboxRow(row)
    return sms.unseal(smsAt(id), record)
  }
  const statements = yield* attempt(options.filename, () => prepared(database))
  const { add, all, count, countAll, cut, find, put, transaction } = statements

  /** Whatever could make no sense later is read once, while somebody looks who can do something about it. */
  const readAll = () => {
    for (const row of statements.users.iterate()) {
      const { record, token } = userRow(row)
      accounts.unseal(userAt(token), record)
    }
    counters(countAll.all())
    return all.all().map(readSms)
  }

  // The accounts and the outbox are written through: what is read is always what is committed.
  const active = new Map<string, { readonly token: Uint8Array; readonly account: Account }>()
  const outbox = Outbox.make(yield* attempt(options.filename, readAll))

  const read = (authToken: Redacted.Redacted<string>) => {
    const user = active.get(Redacted.value(authToken))
    if (user !== undefined) return Option.some(user.account)
    const token = sealing.digest(authToken)
    return Option.map(Option.fromUndefinedOr(find.get(token)), (row) =>
      accounts.unseal(userAt(token), record(row).record)
    )
  }

  /** Keeps these users and no other, after what has to be forgotten. */
  const start = ({ outboxSize, users }: Start, forget: () => void) => {
    const started = users.map(({ account, authToken }) => ({
      authToken: Redacted.value(authToken),
      user: { token: sealing.digest(authToken), account }
    }))
    outbox.resize(outboxSize)
    const kept = outbox.all()[0]?.id ?? outbox.nextId()
    transaction(() => {
      forget()
      for (const { user } of started) put.run(user.token, accounts.seal(userAt(user.token), user.account))
      cut.run(kept - 1)
    })
    active.clear()
    for (const { authToken, user } of started) active.set(authToken, user)
  }

  return Store.of({
    accounts: (authTokens) => attempt(options.filename, () => authTokens.map(read)),
    start: (started) => attempt(options.filename, () => start(started, () => {})),
    reset: (started) =>
      Effect.sync(() => {
        start(started, () => {
          statements.forgetUsers.run()
          statements.forgetOutbox.run()
          statements.zero.run()
        })
        outbox.remove(constTrue)
      }),
    put: (authToken, account) =>
      Effect.sync(() => {
        const token = sealing.digest(authToken)
        put.run(token, accounts.seal(userAt(token), account))
        active.set(Redacted.value(authToken), { token, account })
      }),
    remove: (authToken) =>
      Effect.sync(() => {
        statements.forget.run(sealing.digest(authToken))
        active.delete(Redacted.value(authToken))
      }),
    modify: (authToken, step) =>
      Effect.sync(() => {
        const user = active.get(Redacted.value(authToken))
        if (user === undefined) return Option.none()
        const { token } = user
        const id = outbox.nextId()
        const { account, carriedOut, reply, sms: sent } = step(user.account, id)
        if (account === undefined && carriedOut === undefined && sent === undefined) return Option.some(reply)
        transaction(() => {
          if (account !== undefined) put.run(token, accounts.seal(userAt(token), account))
          if (carriedOut !== undefined) count.run(carriedOut)
          if (sent === undefined) return
          add.run(id, sms.seal(smsAt(id), sent))
          cut.run(outbox.nextOut())
        })
        if (account !== undefined) active.set(Redacted.value(authToken), { token, account })
        if (sent !== undefined) outbox.add(sent)
        return Option.some(reply)
      }),
    outbox: Effect.sync(outbox.all),
    newestSms: (isWanted) => Effect.sync(() => outbox.newest(isWanted)),
    removeSms: (isWanted) =>
      Effect.sync(() => {
        const wanted = outbox.all().filter(isWanted)
        transaction(() => {
          for (const { id } of wanted) statements.remove.run(id)
        })
        return outbox.remove(isWanted).length
      }),
    counts: Effect.sync((): Counts => {
      const totals = counters(countAll.all()).map(({ operation, total }) => [operation, total] as const)
      return { ...zero, ...Object.fromEntries(totals) }
    })
  })
})

/**
 * A `Store` in a file, to be provided to `Emulator.layer`. The users are still
 * those of the emulator's options: what these say holds, what they leave open
 * (recovery codes, a generated TOTP secret) is as it was. So is two-factor
 * authentication that was turned on or off since, until the options say something
 * else of it. A user who is not among them any more is unknown, and comes back as
 * they were. A file of an earlier version is brought to this one.
 *
 * Fails with `InvalidOption`, which names `filename` when the file can't be
 * opened or written, is in use, damaged or incomplete, is not the emulator's or
 * of a newer version of it, when its disk is full, and when the name is `:memory:`
 * or a `file:` URL; and `key` when it is empty or not the one that the file was
 * made with. So does the `start` of the emulator, which writes to the file.
 *
 * @param options the file and its key
 *
 * @example
 * ```ts
 * import { Emulator, SqliteStore } from "@metal-otp/emulator"
 * import { Config, Effect, Layer, Redacted } from "effect"
 *
 * const StoreLive = Layer.unwrap(
 *   Effect.map(Config.Redacted("EMULATOR_KEY"), (key) => SqliteStore.layer({ filename: "emulator.sqlite", key }))
 * )
 *
 * const EmulatorLive = Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }).pipe(
 *   Layer.provide(StoreLive)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Store, InvalidOption> => Layer.effect(Store, make(options))
