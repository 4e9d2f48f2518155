import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { chmodSync, closeSync, openSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { InvalidOption } from "../InvalidOption.ts"
import { migrate, newest } from "./migrations.ts"
import * as Sealing from "./sealing.ts"

/** "MOTP", in the header of the file. */
const applicationId = 0x4d_4f_54_50

/** Of the tables below. A change of theirs, or of what is in the records, is another version, and a step of the migrations. */
const version = newest

const tables = `
  CREATE TABLE meta (salt BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE users (token BLOB PRIMARY KEY, record BLOB NOT NULL) STRICT;
  CREATE TABLE outbox (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
  CREATE TABLE counts (operation TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT;
  INSERT INTO counts VALUES ('findRecoveryCodes', 0), ('regenerateCodes', 0), ('receiveCodes', 0), ('findEnsureOtp', 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${version};
`

const Header = Schema.Struct({ application_id: Schema.Int, user_version: Schema.Int, tables: Schema.Int })

const readHeader = Schema.decodeUnknownSync(Header)

const header = `
  SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_application_id, pragma_user_version
`

const readMeta = Schema.decodeUnknownSync(Schema.Struct({ salt: Schema.Uint8Array, sealed: Schema.Uint8Array }))

const sealedText = "metal-otp"

const invalid = (problem: string) => new InvalidOption({ option: "filename", problem })

const damaged =
  "is damaged or incomplete: put a copy of it back, without the -wal file beside it, or move both away and begin anew"

/** SQLite's result codes, and what a user can do about them. */
const problems: Record<number, string> = {
  5: "is in use by another emulator: stop that one, or name another file",
  8: "can't be written to: make it and its directory writable",
  10: "can't be read or written: its disk is full or fails",
  13: "can't be written to, since its disk is full: make room there",
  14: "can't be opened: it is no file, or its directory is missing or closed to you",
  26: "is not a database, or its head is damaged: put a copy of it back, or name another file"
}

/** What went wrong with a file, as a person has to see it. What is none of SQLite's codes comes of what stands there. */
const problemOf = (filename: string, error: unknown) => {
  const code = Predicate.hasProperty(error, "errcode") ? Number(error.errcode) & 0xff : 0
  return invalid(`${filename} ${problems[code] ?? damaged}`)
}

/**
 * Runs what needs the file.
 *
 * @param filename the file
 * @param run throws what SQLite throws, or what comes of a record that makes no sense
 */
export const attempt = <A>(filename: string, run: () => A): Effect.Effect<A, InvalidOption> =>
  Effect.suspend(() => Effect.fromResult(Result.mapError(Result.try(run), (error) => problemOf(filename, error))))

const seal = Effect.fnUntraced(function* (database: DatabaseSync, { filename, key }: Options) {
  const salt = randomBytes(Sealing.saltLength)
  const sealing = yield* Sealing.make(key, salt)
  yield* attempt(filename, () => {
    database.exec(`BEGIN IMMEDIATE; ${tables}`)
    database.prepare("INSERT INTO meta VALUES (?, ?)").run(salt, sealing.seal("meta", sealedText))
    database.exec("COMMIT")
  })
  return sealing
})

const unseal = Effect.fnUntraced(function* (database: DatabaseSync, { filename, key }: Options) {
  const { salt, sealed } = yield* attempt(filename, () => {
    const [problem] = database.prepare("PRAGMA quick_check(1)").all()
    if (problem?.["quick_check"] !== "ok") throw new Error("the pages of the file do not fit together")
    return readMeta(database.prepare("SELECT salt, sealed FROM meta").get())
  })
  const sealing = yield* Sealing.make(key, salt)
  if (Result.isFailure(sealing.unseal("meta", sealed))) {
    const problem = `it is not the one that the database was made with: ${filename}`
    return yield* new InvalidOption({ option: "key", problem })
  }
  return sealing
})

/** Brings a file of an earlier version to this one, as a whole or not at all. */
const bringUp = (database: DatabaseSync, sealing: Sealing.Sealing, from: number) => {
  database.exec("BEGIN IMMEDIATE")
  const migrated = Result.try(() => {
    migrate(database, sealing, from)
    database.exec(`PRAGMA user_version = ${version}; COMMIT`)
  })
  if (Result.isFailure(migrated) && database.isTransaction) database.exec("ROLLBACK")
  Result.getOrThrow(migrated)
}

/** What to open. */
interface Options {
  readonly filename: string
  readonly key: Redacted.Redacted<string>
}

/** The file, and those that SQLite has beside it. */
const filesOf = (filename: string) => ["", "-wal", "-shm", "-journal"].map((suffix) => filename + suffix)

/** Leaves a file to its owner alone. What stands in the way of that, SQLite tells better. */
const close = (filename: string) => Result.try(() => chmodSync(filename, 0o600))

const openFile = (filename: string, Database: typeof DatabaseSync) =>
  Effect.acquireRelease(
    attempt(filename, () => {
      // SQLite gives the files beside it the same mode.
      Result.try(() => closeSync(openSync(filename, "ax", 0o600)))
      return new Database(filename, { timeout: 500 })
    }),
    // All that was answered is in the file already.
    (database) => Effect.sync(() => Result.try(() => database.close()))
  )

/**
 * Opens the database for as long as the scope lives, for this process alone. A
 * file that is empty, or not there, becomes a new one; one of an earlier version
 * is brought to this one; one that is not the emulator's is left as it is.
 *
 * @param options the file and its key
 */
export const open = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<
  { readonly database: DatabaseSync; readonly sealing: Sealing.Sealing },
  InvalidOption,
  Scope.Scope
> {
  const { filename } = options
  // Not before it is needed: on Node 22 it warns of being experimental.
  const sqlite = yield* Effect.promise(() => import("node:sqlite"))
  const database = yield* openFile(filename, sqlite.DatabaseSync)
  const { application_id, tables, user_version } = yield* attempt(filename, () => {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK")
    return readHeader(database.prepare(header).get())
  })
  if (tables > 0 && application_id !== applicationId) {
    return yield* invalid(`${filename} is a database, but not an emulator's: name another file`)
  }
  if (tables > 0 && (user_version < 1 || user_version > version)) {
    return yield* invalid(
      `${filename} is of version ${user_version}, and this emulator's are of ${version}: name another file`
    )
  }
  yield* attempt(filename, () => {
    filesOf(filename).forEach(close)
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
  })
  if (tables === 0) return { database, sealing: yield* seal(database, options) }
  const sealing = yield* unseal(database, options)
  if (user_version < version) yield* attempt(filename, () => bringUp(database, sealing, user_version))
  return { database, sealing }
})
