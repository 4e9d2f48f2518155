/**
 * A `Store` in a SQLite file, which survives a restart. It needs Node, because it uses `node:sqlite`.
 *
 * Every operation is one transaction, and the API answers after the commit. So a process that is killed loses nothing that
 * it has answered. A refusal that changes nothing needs no transaction. The file is in WAL mode with
 * `synchronous = NORMAL`: if the machine loses power, the last operations can be lost, each as a whole.
 *
 * The key encrypts users, their codes and SMS. The file has keyed hashes of tokens, and not the tokens. It does show the
 * counts, the number of users and SMS, and the sizes of their records.
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
import { zeroCounts } from "./internal/counts.ts"
import { attempt, open } from "./internal/database.ts"
import { type Encryption, smsPlace, userPlace } from "./internal/encryption.ts"
import { optionDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import * as Outbox from "./internal/outbox.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import { Account, type Counts, type Service, Sms, type Start, Store } from "./Store.ts"

/**
 * The options of the file. Decoding checks them.
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

const decodeOptions = optionDecoder(Options)

const decodeCounts = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ operation: Operation, total: Schema.Int })))
const decodeRecord = Schema.decodeUnknownSync(Schema.Struct({ record: Schema.Uint8Array }))
const decodeUserRow = Schema.decodeUnknownSync(Schema.Struct({ token: Schema.Uint8Array, record: Schema.Uint8Array }))
const decodeSmsRow = Schema.decodeUnknownSync(Schema.Struct({ id: Schema.Int, record: Schema.Uint8Array }))

/** Encrypts and decrypts values of a schema. */
const encryptedCodec = <A>(schema: Schema.ConstraintCodec<A, string>, { decrypt, encrypt }: Encryption) => {
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeSync(schema)
  return {
    encrypt: (place: string, value: A) => encrypt(place, encode(value)),
    decrypt: (place: string, bytes: Uint8Array) => decode(Result.getOrThrow(decrypt(place, bytes)))
  }
}

/** Prepares the statements of a transaction, and returns the function that runs one. */
const prepareTransaction = (database: DatabaseSync) => {
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

const prepareStatements = (database: DatabaseSync) => ({
  transaction: prepareTransaction(database),
  getUser: database.prepare("SELECT record FROM users WHERE token = ?"),
  allUsers: database.prepare("SELECT token, record FROM users"),
  putUser: database.prepare(
    "INSERT INTO users (token, record) VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET record = excluded.record"
  ),
  deleteUser: database.prepare("DELETE FROM users WHERE token = ?"),
  deleteUsers: database.prepare("DELETE FROM users"),
  allSms: database.prepare("SELECT id, record FROM outbox ORDER BY id"),
  addSms: database.prepare("INSERT INTO outbox (id, record) VALUES (?, ?)"),
  deleteSms: database.prepare("DELETE FROM outbox WHERE id = ?"),
  deleteSmsUpTo: database.prepare("DELETE FROM outbox WHERE id <= ?"),
  deleteAllSms: database.prepare("DELETE FROM outbox"),
  allCounts: database.prepare("SELECT operation, total FROM counts"),
  increment: database.prepare(
    "INSERT INTO counts (operation, total) VALUES (?, 1) ON CONFLICT (operation) DO UPDATE SET total = total + 1"
  ),
  resetCounts: database.prepare("UPDATE counts SET total = 0")
})

/**
 * Opens the file as a `Store`, until the scope closes.
 *
 * Fails with `InvalidOption` as `layer` does.
 *
 * @param options the path and the key of the file
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Service, InvalidOption, Scope.Scope> {
  const { database, encryption } = yield* open(yield* Effect.fromResult(decodeOptions(options)))
  const accountCodec = encryptedCodec(Schema.fromJsonString(Account), encryption)
  const smsCodec = encryptedCodec(Schema.fromJsonString(Sms), encryption)
  const statements = yield* attempt(options.filename, () => prepareStatements(database))
  const { transaction } = statements

  const readCounts = () => decodeCounts(statements.allCounts.all())

  const readSms = (row: unknown) => {
    const { id, record } = decodeSmsRow(row)
    return smsCodec.decrypt(smsPlace(id), record)
  }

  const putUser = (token: Uint8Array, account: Account) =>
    statements.putUser.run(token, accountCodec.encrypt(userPlace(token), account))

  /** Reads every record once, so that a damaged one is reported at the start and not while the emulator runs. */
  const checkAll = () => {
    for (const row of statements.allUsers.iterate()) {
      const { record, token } = decodeUserRow(row)
      accountCodec.decrypt(userPlace(token), record)
    }
    readCounts()
    return statements.allSms.all().map(readSms)
  }

  // Caches of what is committed: they change after each transaction.
  const active = new Map<string, { readonly token: Uint8Array; readonly account: Account }>()
  const outbox = Outbox.make(yield* attempt(options.filename, checkAll))

  const readAccount = (authToken: Redacted.Redacted<string>) => {
    const user = active.get(Redacted.value(authToken))
    if (user !== undefined) return Option.some(user.account)
    const token = encryption.hashToken(authToken)
    return Option.map(Option.fromUndefinedOr(statements.getUser.get(token)), (row) =>
      accountCodec.decrypt(userPlace(token), decodeRecord(row).record)
    )
  }

  /** Makes these users the active ones. `prepare` runs first in the same transaction. */
  const start = ({ outboxSize, users }: Start, prepare: () => void) => {
    const started = users.map(({ account, authToken }) => ({
      authToken: Redacted.value(authToken),
      user: { token: encryption.hashToken(authToken), account }
    }))
    outbox.resize(outboxSize)
    const oldestId = outbox.all()[0]?.id ?? outbox.nextId()
    transaction(() => {
      prepare()
      for (const { user } of started) putUser(user.token, user.account)
      statements.deleteSmsUpTo.run(oldestId - 1)
    })
    active.clear()
    for (const { authToken, user } of started) active.set(authToken, user)
  }

  return Store.of({
    accounts: (authTokens) => attempt(options.filename, () => authTokens.map(readAccount)),
    start: (started) => attempt(options.filename, () => start(started, () => {})),
    reset: (started) =>
      Effect.sync(() => {
        start(started, () => {
          statements.deleteUsers.run()
          statements.deleteAllSms.run()
          statements.resetCounts.run()
        })
        outbox.remove(constTrue)
      }),
    put: (authToken, account) =>
      Effect.sync(() => {
        const token = encryption.hashToken(authToken)
        putUser(token, account)
        active.set(Redacted.value(authToken), { token, account })
      }),
    remove: (authToken) =>
      Effect.sync(() => {
        statements.deleteUser.run(encryption.hashToken(authToken))
        active.delete(Redacted.value(authToken))
      }),
    modify: (authToken, f) =>
      Effect.sync(() => {
        const user = active.get(Redacted.value(authToken))
        if (user === undefined) return Option.none()
        const { token } = user
        const id = outbox.nextId()
        const { account, counted, reply, sms } = f(user.account, id)
        if (account === undefined && counted === undefined && sms === undefined) return Option.some(reply)
        transaction(() => {
          if (account !== undefined) putUser(token, account)
          if (counted !== undefined) statements.increment.run(counted)
          if (sms === undefined) return
          statements.addSms.run(id, smsCodec.encrypt(smsPlace(id), sms))
          statements.deleteSmsUpTo.run(outbox.nextOut())
        })
        if (account !== undefined) active.set(Redacted.value(authToken), { token, account })
        if (sms !== undefined) outbox.add(sms)
        return Option.some(reply)
      }),
    outbox: Effect.sync(outbox.all),
    newestSms: (isWanted) => Effect.sync(() => outbox.newest(isWanted)),
    removeSms: (isWanted) =>
      Effect.sync(() => {
        const removed = outbox.all().filter(isWanted)
        transaction(() => {
          for (const { id } of removed) statements.deleteSms.run(id)
        })
        return outbox.remove(isWanted).length
      }),
    counts: Effect.sync((): Counts => {
      const totals = readCounts().map(({ operation, total }) => [operation, total] as const)
      return { ...zeroCounts, ...Object.fromEntries(totals) }
    })
  })
})

/**
 * A `Store` in a file, to be provided to `Emulator.layer`.
 *
 * The users are those of the emulator's options. The file keeps what the options leave open, such as recovery codes and a
 * generated TOTP secret. It also keeps which factors the operations turned on or off, until the options of two-factor
 * authentication change. A user who is no longer in the options is unknown, and returns unchanged with the options. A file
 * of an earlier version is migrated.
 *
 * Fails with `InvalidOption`, and so does the start of the emulator, which writes to the file:
 *
 * - `filename`, if the file can't be opened or written, is in use, damaged or incomplete, is not an emulator's or of a newer
 *   version, or its disk is full, or the name is `:memory:` or a `file:` URL;
 * - `key`, if it is empty, or not the key that the file was made with.
 *
 * @param options the path and the key of the file
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
