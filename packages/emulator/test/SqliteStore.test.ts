import { NodeServices } from "@effect/platform-node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Emulator, SqliteStore, Store } from "@metal-otp/emulator"
import { Otp } from "@metal-otp/schema"
import { Array, Effect, Exit, FileSystem, Layer, Option, Path, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { join } from "node:path"
import { DatabaseSync, StatementSync } from "node:sqlite"
import { temporaryDatabase } from "./support/temporaryDatabase.ts"

const alice = Redacted.make("alice-s3cret-token")

/** Not a password: with one, each start takes a tenth of a second to derive the key. */
const key = Redacted.make("5c".repeat(32))

const password = Redacted.make("correct horse battery staple")

const users = [
  { authToken: alice, name: "Alice Liddell", phoneNumber: "+44 20 7946 0000" },
  { authToken: Redacted.make("other") }
]

const run = <A, E>(
  filename: string,
  body: (emulator: Emulator.Service) => Effect.Effect<A, E>,
  options?: Partial<SqliteStore.Options>
) =>
  Effect.flatMap(Emulator.Emulator, body).pipe(
    Effect.provide(
      Emulator.layer({ users }).pipe(Layer.provide(SqliteStore.layer({ filename, key, ...options })), Layer.fresh)
    )
  )

/** The message of the failure. */
const problemOf = (self: Effect.Effect<unknown, { readonly message: string }>) =>
  Effect.map(Effect.flip(self), ({ message }) => message)

const damaged =
  "is damaged or incomplete: restore a copy of it, without the -wal file beside it, or move both away to start anew"

/** Changes the file while no emulator uses it. */
const tamper = (filename: string, sql: string) =>
  Effect.sync(() => {
    const database = new DatabaseSync(filename)
    database.exec(sql)
    database.close()
  })

describe("SqliteStore", () => {
  it.effect("makes files that only their owner can use", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const filename = yield* temporaryDatabase
      yield* run(filename, (emulator) =>
        Effect.gen(function* () {
          yield* emulator.receiveCodes(alice)
          const names = yield* fs.readDirectory(path.dirname(filename))
          assert.include(names, path.basename(filename))
          const stats = yield* Effect.forEach(names, (name) => fs.stat(path.join(path.dirname(filename), name)))
          assert.deepStrictEqual(
            stats.map(({ mode }) => mode & 0o777),
            names.map(() => 0o600)
          )
        })
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("keeps no secret in plain text", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const filename = yield* temporaryDatabase
      const secrets = yield* run(
        filename,
        (emulator) =>
          Effect.gen(function* () {
            yield* emulator.receiveCodes(alice)
            const { users } = yield* emulator.users()
            const [sms] = yield* emulator.outbox
            const codes = yield* emulator.recoveryCodes(alice)
            const app = new URL(Redacted.value(users[0]?.app?.uri ?? Redacted.make("x:"))).searchParams.get("secret")
            const otp = sms && `"${Redacted.value(sms.otp)}"`
            const bytes = yield* Effect.forEach(yield* fs.readDirectory(path.dirname(filename)), (name) =>
              fs.readFile(path.join(path.dirname(filename), name))
            )
            const text = Buffer.concat(bytes).toString("latin1")
            assert.include(text, "findRecoveryCodes")
            const secrets = [
              app,
              otp,
              "alice-s3cret",
              "Liddell",
              "7946",
              Redacted.value(password),
              ...codes.map(Redacted.value)
            ]
            for (const secret of secrets) assert.isFalse(text.includes(secret ?? "nothing"), secret ?? "no secret")
            return secrets
          }),
        { key: password }
      )
      const text = Buffer.from(yield* fs.readFile(filename)).toString("latin1")
      for (const secret of secrets) assert.isFalse(text.includes(secret ?? "nothing"), secret ?? "no secret")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("opens with the right password only, and fails for the key otherwise", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      const codes = (emulator: Emulator.Service) => emulator.recoveryCodes(alice)
      const before = yield* run(filename, codes, { key: password })
      for (const wrong of ["correct horse battery stapl", "0".repeat(64)]) {
        const problem = yield* problemOf(run(filename, codes, { key: Redacted.make(wrong) }))
        assert.strictEqual(
          problem,
          `key: it is not the key that ${filename} was made with: use that one, or choose another file.`
        )
      }
      assert.strictEqual(yield* problemOf(run(filename, codes, { key: Redacted.make("") })), "key: it is empty.")
      assert.deepStrictEqual(
        (yield* run(filename, codes, { key: password })).map(Redacted.value),
        before.map(Redacted.value)
      )
    })
  )

  it.effect("fails for a file that can't be used, with the reason", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      const problem = (name: string) => problemOf(run(name, () => Effect.void))
      const says = (name: string, text: string) => `filename: ${name} ${text}.`
      assert.strictEqual(yield* problem(""), "filename: it is empty.")
      for (const name of ["/nowhere/at/all", "/tmp", "a\0b"]) {
        const text = "can't be opened: it is no file, or its directory is missing or closed to you"
        assert.strictEqual(yield* problem(name), says(name, name === "a\0b" ? damaged : text))
      }

      yield* fs.writeFileString(filename, "This is no database, but it is long enough to be taken for one. ".repeat(20))
      assert.strictEqual(
        yield* problem(filename),
        says(filename, "is not a database, or its header is damaged: restore a copy of it, or choose another file")
      )

      const newer = yield* temporaryDatabase
      yield* run(newer, () => Effect.void)
      yield* tamper(newer, "PRAGMA user_version = 99")
      assert.match(
        (yield* problem(newer)).replace(newer, "it"),
        /^filename: it has version 99, but this emulator supports up to \d: choose another file\.$/
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("migrates a file of version 1, and keeps everything in it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      yield* fs.copyFile(join(import.meta.dirname, "fixtures/version-1.sqlite"), filename)
      // The options that the file was made with.
      const options = {
        users: [
          { authToken: Redacted.make("alice-token"), name: "alice" },
          { authToken: Redacted.make("bob-token"), name: "bob", twoFactor: false, totp: { period: "60 seconds" } },
          {
            authToken: Redacted.make("carol-token"),
            name: "carol",
            totp: { secret: Redacted.make("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), digits: 8 }
          }
        ]
      } as const
      const seen = Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { users } = yield* emulator.users()
        return {
          users: users.map(({ app, recoveryCodes, twoFactor, wrongOtps }) => ({
            app: app && new URL(Redacted.value(app.uri)).searchParams.get("secret"),
            recoveryCodes: recoveryCodes.map(({ code, usedAt }) => [Redacted.value(code), usedAt]),
            twoFactor,
            wrongOtps
          })),
          outbox: (yield* emulator.outbox).map(({ id, otp, user }) => [id, user, Redacted.value(otp)]),
          counts: yield* emulator.counts
        }
      })
      const opened = <A, E>(self: Effect.Effect<A, E, Emulator.Emulator>) =>
        self.pipe(
          Effect.provide(
            Emulator.layer(options).pipe(
              Layer.provide(SqliteStore.layer({ filename, key: Redacted.make("0f".repeat(32)) })),
              Layer.fresh
            )
          )
        )
      yield* TestClock.setTime(1_795_752_100_000)
      const before = yield* opened(seen)
      const [alice, bob, carol] = before.users
      assert.deepInclude(alice, {
        app: "6APNN2I3MVTBGNJGSRQUBODZMZWLPYJI",
        twoFactor: { app: "on", sms: "off" },
        wrongOtps: 0
      })
      assert.deepStrictEqual(alice?.recoveryCodes.slice(0, 2), [
        ["vnqrw5tquz", 1_795_752_098_555],
        ["kxcf4ky9zd", null]
      ])
      assert.deepStrictEqual(bob, {
        app: null,
        recoveryCodes: [],
        twoFactor: { app: "off", sms: "off" },
        wrongOtps: 1
      })
      assert.deepInclude(carol, { app: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", twoFactor: { app: "on", sms: "off" } })
      assert.deepStrictEqual(before.outbox, [
        [1, "alice", "351625"],
        [2, "bob", "777767"]
      ])
      assert.deepInclude(before.counts, { receiveCodes: 2, findEnsureOtp: 1, seedApp: 0 })
      assert.deepStrictEqual(yield* opened(seen), before)
      yield* opened(
        Effect.flatMap(Emulator.Emulator, (emulator) =>
          emulator.findEnsureOtp(Redacted.make("alice-token"), Redacted.make("351625"))
        )
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("does not change a file of an earlier version if a record in it is damaged", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      yield* fs.copyFile(join(import.meta.dirname, "fixtures/version-1.sqlite"), filename)
      yield* tamper(
        filename,
        "UPDATE users SET record = substr(record, 1, 20) WHERE token = (SELECT max(token) FROM users)"
      )
      const contents = Effect.sync(() => {
        const database = new DatabaseSync(filename)
        const rows = ["PRAGMA user_version", "SELECT * FROM users", "SELECT * FROM outbox"].map((sql) =>
          JSON.stringify(database.prepare(sql).all())
        )
        database.close()
        return rows
      })
      const before = yield* contents
      const problem = yield* problemOf(run(filename, () => Effect.void, { key: Redacted.make("0f".repeat(32)) }))
      assert.strictEqual(problem, `filename: ${filename} ${damaged}.`)
      assert.deepStrictEqual(yield* contents, before)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("does not change the database of another program", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const foreign = yield* temporaryDatabase
      yield* tamper(foreign, "CREATE TABLE theirs (x)")
      yield* fs.chmod(foreign, 0o644)
      const before = yield* fs.readFile(foreign)
      assert.strictEqual(
        yield* problemOf(run(foreign, () => Effect.void)),
        `filename: ${foreign} is a database, but not an emulator's: choose another file.`
      )
      assert.deepStrictEqual(yield* fs.readFile(foreign), before)
      assert.strictEqual((yield* fs.stat(foreign)).mode & 0o777, 0o644)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.each([
    ["a missing table", "DROP TABLE outbox"],
    ["a missing column", "ALTER TABLE users DROP COLUMN record"],
    ["no salt", "DELETE FROM meta"],
    ["an empty salt", "UPDATE meta SET salt = x''"],
    ["the record of another user", "UPDATE users SET record = (SELECT record FROM users ORDER BY token LIMIT 1)"],
    ["a truncated record of a user", "UPDATE users SET record = substr(record, 1, 20)"],
    ["an empty record of a user", "UPDATE users SET record = x''"],
    ["an SMS under another id", "UPDATE outbox SET id = id + 1"],
    ["a truncated SMS", "UPDATE outbox SET record = substr(record, 1, 40)"],
    [
      "a count that is no number",
      "DROP TABLE counts; CREATE TABLE counts (operation TEXT, total); INSERT INTO counts VALUES ('receiveCodes', 'x')"
    ]
  ] as const)("fails for a file with %s", ([, sql]) =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      yield* run(filename, (emulator) => emulator.receiveCodes(alice))
      yield* tamper(filename, sql)
      const message = yield* problemOf(run(filename, () => Effect.void))
      const expected = sql.includes("salt")
        ? `key: it is not the key that ${filename} was made with: use that one, or choose another file.`
        : `filename: ${filename} ${damaged}.`
      assert.strictEqual(message, expected)
    })
  )

  it.effect("fails for a file with damaged bytes anywhere, or opens it if no record is damaged", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      yield* run(filename, (emulator) => emulator.receiveCodes(alice))
      const bytes = yield* fs.readFile(filename)
      const expected = new RegExp(
        `^(?:filename: ${filename} is (?:damaged|not a database)|key: it is not the key that ${filename} )`
      )
      const put = (bytes: Uint8Array) =>
        Effect.andThen(fs.remove(`${filename}-wal`, { force: true }), fs.writeFile(filename, bytes))
      for (const at of Array.range(0, 23)) {
        const broken = Uint8Array.from(bytes)
        broken.fill(0xa5, Math.floor((at * bytes.length) / 24), Math.floor(((at + 0.5) * bytes.length) / 24))
        yield* put(broken)
        const exit = yield* Effect.exit(run(filename, () => Effect.void))
        // Bytes that are not part of a record do not matter.
        if (Exit.isFailure(exit)) assert.match((yield* Effect.flip(exit)).message, expected)
      }
      yield* put(bytes.subarray(0, bytes.length / 2))
      assert.match(yield* problemOf(run(filename, () => Effect.void)), expected)
      yield* put(bytes)
      yield* run(filename, () => Effect.void)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("counts an operation that has no count in the file", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      yield* run(filename, () => Effect.void)
      yield* tamper(filename, "DELETE FROM counts")
      const counts = run(filename, (emulator) => Effect.andThen(emulator.receiveCodes(alice), emulator.counts))
      assert.strictEqual((yield* counts).receiveCodes, 1)
      assert.strictEqual((yield* counts).receiveCodes, 2)
    })
  )

  it.effect("fails for a full disk when it makes a file, and when it opens one", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      const expected = `filename: ${filename} can't be written to, because its disk is full: make room there.`
      const { exec } = DatabaseSync.prototype
      /** Limits the pages of the file, which SQLite reports as a full disk. */
      const full = <A, E>(pages: number, self: Effect.Effect<A, E>) =>
        Effect.acquireUseRelease(
          Effect.sync(() =>
            vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
              exec.call(this, `PRAGMA max_page_count = ${pages}; ${sql}`)
            })
          ),
          () => self,
          (spy) => Effect.sync(() => spy.mockRestore())
        )
      assert.strictEqual(
        yield* problemOf(
          full(
            2,
            run(filename, () => Effect.void)
          )
        ),
        expected
      )
      yield* run(filename, () => Effect.void)
      const many = Array.range(1, 100).map((n) => ({ authToken: Redacted.make(`token-${n}`) }))
      const more = Effect.scoped(
        Layer.build(
          Emulator.layer({ users: many }).pipe(Layer.provide(SqliteStore.layer({ filename, key })), Layer.fresh)
        )
      )
      assert.strictEqual(yield* problemOf(full(9, more)), expected)
      yield* run(filename, (emulator) => emulator.receiveCodes(alice))
    })
  )

  it.effect("fails for a disk error between the opening and the start", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      yield* run(filename, () => Effect.void)
      const start = Effect.gen(function* () {
        const store = yield* SqliteStore.make({ filename, key })
        yield* Effect.acquireRelease(
          Effect.sync(() =>
            vi.spyOn(StatementSync.prototype, "get").mockImplementation(() => {
              throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 10 })
            })
          ),
          (spy) => Effect.sync(() => spy.mockRestore())
        )
        return yield* Effect.provideService(Emulator.make({ users }), Store.Store, store)
      }).pipe(Effect.scoped)
      assert.strictEqual(
        yield* problemOf(start),
        `filename: ${filename} can't be read or written: its disk is full or fails.`
      )
      yield* run(filename, (emulator) => emulator.receiveCodes(alice))
    })
  )

  it.effect.each([
    [":memory:", "it is no file: leave the database out to keep the state in memory"],
    [":MEMORY:", "it is no file: leave the database out to keep the state in memory"],
    ["file:emulator.sqlite", "it is a URL: give the path of a file"],
    ["file::memory:?cache=shared", "it is a URL: give the path of a file"],
    ["FILE:///tmp/emulator.sqlite", "it is a URL: give the path of a file"]
  ] as const)("fails for the filename %s", ([filename, problem]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* problemOf(run(filename, () => Effect.void)), `filename: ${problem}.`)
    })
  )

  it.effect("restricts an existing file to its owner", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      yield* fs.writeFile(filename, new Uint8Array(), { mode: 0o644 })
      yield* fs.writeFile(`${filename}-wal`, new Uint8Array(), { mode: 0o644 })
      yield* run(filename, (emulator) =>
        Effect.gen(function* () {
          yield* emulator.receiveCodes(alice)
          for (const name of [filename, `${filename}-wal`]) {
            assert.strictEqual((yield* fs.stat(name)).mode & 0o777, 0o600, name)
          }
        })
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("lets one emulator at a time use the file", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      const again = run(filename, () => Effect.void)
      const problem = yield* run(filename, () => problemOf(again))
      const expected = "is in use by another emulator: stop that one, or choose another file"
      assert.strictEqual(problem, `filename: ${filename} ${expected}.`)
      yield* again
    })
  )

  it.effect("initializes an empty file", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = yield* temporaryDatabase
      yield* fs.writeFile(filename, new Uint8Array())
      yield* run(filename, (emulator) => emulator.findRecoveryCodes(alice))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("saves all changes of an operation or none, and works after a failure", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      yield* run(filename, () => Effect.void)
      yield* Effect.gen(function* () {
        const store = yield* Store.Store
        const [kept = Option.none()] = yield* store.accounts([alice])
        const account = yield* Effect.fromOption(kept)
        yield* store.start({ users: [{ authToken: alice, account }], outboxSize: 10 })
        const sms = {
          id: 1,
          user: "alice",
          phoneNumber: "1",
          otp: yield* Otp.make("1"),
          sentAt: 0,
          expiresAt: Number.NaN
        }
        const modification = (expiresAt: number): Store.Modification<number> => ({
          reply: 1,
          account: { ...account, name: "renamed" },
          counted: "receiveCodes",
          sms: { ...sms, expiresAt }
        })
        const seen = Effect.gen(function* () {
          const [account = Option.none()] = yield* store.accounts([alice])
          const { receiveCodes } = yield* store.counts
          return [Option.getOrThrow(account).name, receiveCodes, (yield* store.outbox).length]
        })
        const exit = yield* Effect.exit(store.modify(alice, () => modification(Number.NaN)))
        assert.strictEqual(exit._tag, "Failure")
        assert.deepStrictEqual(yield* seen, ["Alice Liddell", 0, 0])
        yield* store.modify(alice, () => modification(1))
        assert.deepStrictEqual(yield* seen, ["renamed", 1, 1])
      }).pipe(Effect.provide(SqliteStore.layer({ filename, key })))
    })
  )

  it.effect("writes nothing for a refusal that changes nothing", () =>
    Effect.gen(function* () {
      const filename = yield* temporaryDatabase
      const bare = { users: [{ authToken: alice, twoFactor: false }] }
      const statements = yield* Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const run = vi.spyOn(StatementSync.prototype, "run")
        const ran = <A, E>(self: Effect.Effect<A, E>) =>
          Effect.map(Effect.exit(self), ({ _tag }) => {
            const { length } = run.mock.calls
            run.mockClear()
            return [_tag, length > 0]
          })
        const all = [yield* ran(emulator.findRecoveryCodes(alice)), yield* ran(emulator.receiveCodes(alice))]
        run.mockRestore()
        return all
      }).pipe(Effect.provide(Emulator.layer(bare).pipe(Layer.provide(SqliteStore.layer({ filename, key })))))
      assert.deepStrictEqual(statements, [
        ["Failure", false],
        ["Success", true]
      ])
    })
  )
})
