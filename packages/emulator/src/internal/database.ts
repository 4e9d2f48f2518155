/** Opens the emulator's SQLite file: makes it, checks it, or migrates it. */
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
import * as Encryption from "./encryption.ts"
import { migrate, newestVersion } from "./migrations.ts"

/** "MOTP", in the header of the file. */
const applicationId = 0x4d_4f_54_50

/** A change of the tables, or of the records in them, needs a new version and a migration. */
const createTables = `
  CREATE TABLE meta (salt BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE users (token BLOB PRIMARY KEY, record BLOB NOT NULL) STRICT;
  CREATE TABLE outbox (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
  CREATE TABLE counts (operation TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT;
  INSERT INTO counts VALUES ('findRecoveryCodes', 0), ('regenerateCodes', 0), ('receiveCodes', 0), ('findEnsureOtp', 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${newestVersion};
`

const selectHeader = `
  SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_application_id, pragma_user_version
`

const decodeHeader = Schema.decodeUnknownSync(
  Schema.Struct({ application_id: Schema.Int, user_version: Schema.Int, tables: Schema.Int })
)

const decodeMeta = Schema.decodeUnknownSync(Schema.Struct({ salt: Schema.Uint8Array, sealed: Schema.Uint8Array }))

/** The text in `meta.sealed`. To decrypt it proves that the key is right. */
const knownText = "metal-otp"

const invalidFile = (problem: string) => new InvalidOption({ option: "filename", problem })

const damaged =
  "is damaged or incomplete: restore a copy of it, without the -wal file beside it, or move both away to start anew"

/** Messages by SQLite's primary result codes. */
const problems: Record<number, string> = {
  5: "is in use by another emulator: stop that one, or choose another file",
  8: "can't be written to: make it and its directory writable",
  10: "can't be read or written: its disk is full or fails",
  13: "can't be written to, because its disk is full: make room there",
  14: "can't be opened: it is no file, or its directory is missing or closed to you",
  26: "is not a database, or its header is damaged: restore a copy of it, or choose another file"
}

/** Other errors come from the content of the file: SQLite's other codes, and records that can't be decoded. */
const toInvalidOption = (filename: string, error: unknown) => {
  const code = Predicate.hasProperty(error, "errcode") ? Number(error.errcode) & 0xff : 0
  return invalidFile(`${filename} ${problems[code] ?? damaged}`)
}

/**
 * Runs a function that uses the file. Fails with `InvalidOption` if it throws.
 *
 * @param filename the path of the file
 * @param run throws SQLite's errors, or the errors of records that can't be decoded
 */
export const attempt = <A>(filename: string, run: () => A): Effect.Effect<A, InvalidOption> =>
  Effect.suspend(() => Effect.fromResult(Result.mapError(Result.try(run), (error) => toInvalidOption(filename, error))))

interface Options {
  readonly filename: string
  readonly key: Redacted.Redacted<string>
}

const initialize = Effect.fnUntraced(function* (database: DatabaseSync, { filename, key }: Options) {
  const salt = randomBytes(Encryption.saltLength)
  const encryption = yield* Encryption.make(key, salt)
  yield* attempt(filename, () => {
    database.exec(`BEGIN IMMEDIATE; ${createTables}`)
    database.prepare("INSERT INTO meta VALUES (?, ?)").run(salt, encryption.encrypt("meta", knownText))
    database.exec("COMMIT")
  })
  return encryption
})

/** Checks the pages and the key of an existing file. */
const check = Effect.fnUntraced(function* (database: DatabaseSync, { filename, key }: Options) {
  const { salt, sealed } = yield* attempt(filename, () => {
    const [problem] = database.prepare("PRAGMA quick_check(1)").all()
    if (problem?.["quick_check"] !== "ok") throw new Error("PRAGMA quick_check found a problem")
    return decodeMeta(database.prepare("SELECT salt, sealed FROM meta").get())
  })
  const encryption = yield* Encryption.make(key, salt)
  if (Result.isFailure(encryption.decrypt("meta", sealed))) {
    const problem = `it is not the key that ${filename} was made with: use that one, or choose another file`
    return yield* new InvalidOption({ option: "key", problem })
  }
  return encryption
})

const migrateInTransaction = (database: DatabaseSync, encryption: Encryption.Encryption, from: number) => {
  database.exec("BEGIN IMMEDIATE")
  const migrated = Result.try(() => {
    migrate(database, encryption, from)
    database.exec(`PRAGMA user_version = ${newestVersion}; COMMIT`)
  })
  if (Result.isFailure(migrated) && database.isTransaction) database.exec("ROLLBACK")
  Result.getOrThrow(migrated)
}

const filesOf = (filename: string) => ["", "-wal", "-shm", "-journal"].map((suffix) => filename + suffix)

/** Lets only the owner use a file. Errors are ignored: if the file can't be used, SQLite's error says more. */
const restrictToOwner = (filename: string) => Result.try(() => chmodSync(filename, 0o600))

const openFile = (filename: string, Database: typeof DatabaseSync) =>
  Effect.acquireRelease(
    attempt(filename, () => {
      // SQLite gives the files beside it the same mode.
      Result.try(() => closeSync(openSync(filename, "ax", 0o600)))
      return new Database(filename, { timeout: 500 })
    }),
    // Errors are ignored: every reply was committed before it was sent.
    (database) => Effect.sync(() => Result.try(() => database.close()))
  )

/**
 * Opens the database until the scope closes. No other process can use it meanwhile. It makes a missing or empty file, and
 * migrates a file of an earlier version. It does not change a file that is not an emulator's.
 *
 * @param options the path and the key of the file
 */
export const open = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<
  { readonly database: DatabaseSync; readonly encryption: Encryption.Encryption },
  InvalidOption,
  Scope.Scope
> {
  const { filename } = options
  // Imported here, because Node 22 prints a warning that it is experimental.
  const sqlite = yield* Effect.promise(() => import("node:sqlite"))
  const database = yield* openFile(filename, sqlite.DatabaseSync)
  const { application_id, tables, user_version } = yield* attempt(filename, () => {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK")
    return decodeHeader(database.prepare(selectHeader).get())
  })
  if (tables > 0 && application_id !== applicationId) {
    return yield* invalidFile(`${filename} is a database, but not an emulator's: choose another file`)
  }
  if (tables > 0 && (user_version < 1 || user_version > newestVersion)) {
    return yield* invalidFile(
      `${filename} has version ${user_version}, but this emulator supports up to ${newestVersion}: choose another file`
    )
  }
  yield* attempt(filename, () => {
    filesOf(filename).forEach(restrictToOwner)
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
  })
  if (tables === 0) return { database, encryption: yield* initialize(database, options) }
  const encryption = yield* check(database, options)
  if (user_version < newestVersion) {
    yield* attempt(filename, () => migrateInTransaction(database, encryption, user_version))
  }
  return { database, encryption }
})
