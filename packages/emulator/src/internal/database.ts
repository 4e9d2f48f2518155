import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { closeSync, openSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { InvalidOption } from "../InvalidOption.ts"
import * as Sealing from "./sealing.ts"

/** "MOTP", in the header of the file. */
const applicationId = 0x4d_4f_54_50

/** Of the tables below. A change of theirs, or of what is in the records, is another version. */
const version = 1

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

const invalid = (option: "filename" | "key", problem: string) => new InvalidOption({ option, problem })

/** SQLite's result codes, as far as a user can do something about them. */
const problems: Record<number, string> = {
  5: "the file is in use by another emulator",
  8: "the file can't be written to",
  14: "the file can't be opened",
  26: "the file is not a database"
}

const attempt = <A>(run: () => A): Effect.Effect<A, InvalidOption> =>
  Effect.suspend(() =>
    Result.match(Result.try(run), {
      onSuccess: Effect.succeed,
      onFailure: (error) => {
        const code = Predicate.hasProperty(error, "errcode") ? Number(error.errcode) & 0xff : 0
        return Effect.fail(invalid("filename", problems[code] ?? "the file can't be used"))
      }
    })
  )

const seal = Effect.fnUntraced(function* (database: DatabaseSync, key: Redacted.Redacted<string>) {
  const salt = randomBytes(Sealing.saltLength)
  const sealing = yield* Sealing.make(key, salt)
  yield* attempt(() => {
    database.exec(`BEGIN IMMEDIATE; ${tables}`)
    database.prepare("INSERT INTO meta VALUES (?, ?)").run(salt, sealing.seal("meta", sealedText))
    database.exec("COMMIT")
  })
  return sealing
})

const unseal = Effect.fnUntraced(function* (database: DatabaseSync, key: Redacted.Redacted<string>) {
  const { salt, sealed } = yield* attempt(() => readMeta(database.prepare("SELECT salt, sealed FROM meta").get()))
  const sealing = yield* Sealing.make(key, salt)
  if (Result.isFailure(sealing.unseal("meta", sealed))) {
    return yield* invalid("key", "it is not the one that the database was made with")
  }
  return sealing
})

/**
 * Opens the database for as long as the scope lives, for this process alone. A
 * file that is empty, or not there, becomes a new one.
 *
 * @param options the file and its key
 */
export const open = Effect.fnUntraced(function* (options: {
  readonly filename: string
  readonly key: Redacted.Redacted<string>
}): Effect.fn.Return<
  { readonly database: DatabaseSync; readonly sealing: Sealing.Sealing },
  InvalidOption,
  Scope.Scope
> {
  const { filename, key } = options
  if (filename === "") return yield* invalid("filename", "it is empty")
  if (Redacted.value(key) === "") return yield* invalid("key", "it is empty")
  // Not before it is needed: on Node 22 it warns of being experimental.
  const sqlite = yield* Effect.promise(() => import("node:sqlite"))
  // For its owner alone; SQLite gives the files beside it the same mode. What stands in its way, SQLite tells better.
  Result.try(() => closeSync(openSync(filename, "ax", 0o600)))
  const database = yield* Effect.acquireRelease(
    attempt(() => new sqlite.DatabaseSync(filename, { timeout: 500 })),
    (database) => Effect.sync(() => database.close())
  )
  const { application_id, tables, user_version } = yield* attempt(() => {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    return readHeader(database.prepare(header).get())
  })
  if (tables === 0) return { database, sealing: yield* seal(database, key) }
  if (application_id !== applicationId) return yield* invalid("filename", "the database is not an emulator's")
  if (user_version !== version) {
    return yield* invalid("filename", `the database is of version ${user_version}, and this emulator's of ${version}`)
  }
  return { database, sealing: yield* unseal(database, key) }
})
