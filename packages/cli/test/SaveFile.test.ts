/** `--save`: only for the owner, as a whole, and never in place of something else. */
import { assert, layer } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "./support/Binary.ts"

const list = ["recovery-codes", "list", "--save"]
const regenerate = ["recovery-codes", "regenerate", "--save"]

layer(Binary.EmulatorLive)("--save", (it) => {
  const codes = Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    return (yield* emulator.recoveryCodes(Redacted.make(Binary.token)))
      .map((code) => `${Redacted.value(code)}\n`)
      .join("")
  })
  const read = (path: string) => readFileSync(path, "utf8")

  it.effect("writes a file with mode 0600, shows no code, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const folder = yield* Binary.folder
      const file = join(folder, "codes.txt")
      const ended = yield* Binary.call([...list, file])
      assert.deepStrictEqual([ended.code, ended.stdout], [0, ""])
      assert.include(ended.stderr, `10 recovery codes were saved to ${file}`)
      assert.strictEqual(read(file), yield* codes)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(folder), ["codes.txt"])
    }).pipe(Effect.scoped)
  )

  it.effect("keeps what is there: a file, a folder, a link, a link to nowhere; and nothing is sent", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const folder = yield* Binary.folder
      const at = (name: string) => join(folder, name)
      writeFileSync(at("file"), "mine")
      mkdirSync(at("folder"))
      symlinkSync(at("file"), at("link"))
      symlinkSync(at("nowhere"), at("dangling"))
      for (const name of ["file", "folder", "link", "dangling"]) {
        for (const command of [list, regenerate]) {
          const { code, stderr } = yield* Binary.call([...command, at(name)])
          assert.strictEqual(code, 2)
          assert.include(stderr, name === "folder" ? "is a directory" : "exists already")
        }
      }
      assert.strictEqual((yield* Binary.call([...list, at("folder"), "--force"])).code, 2)
      assert.strictEqual(read(at("file")), "mine")
      assert.deepStrictEqual(readdirSync(folder).toSorted(), ["dangling", "file", "folder", "link"])
      assert.deepStrictEqual(yield* emulator.counts, before)
    }).pipe(Effect.scoped)
  )

  it.effect("replaces a file with --force, its mode too, and a link instead of what it points to", () =>
    Effect.gen(function* () {
      const folder = yield* Binary.folder
      const file = join(folder, "file")
      const link = join(folder, "link")
      writeFileSync(file, "mine", { mode: 0o644 })
      symlinkSync(file, link)
      assert.strictEqual((yield* Binary.call([...list, link, "--force"])).code, 0)
      assert.strictEqual(read(file), "mine")
      assert.isFalse(lstatSync(link).isSymbolicLink())
      assert.strictEqual(read(link), yield* codes)
      assert.strictEqual((yield* Binary.call([...list, file, "--force", "-o", "json"])).code, 0)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.property(JSON.parse(read(file)), "recovery_codes")
    }).pipe(Effect.scoped)
  )

  it.effect("leaves nothing behind when the call fails", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Status", status: 404 } }])
      const folder = yield* Binary.folder
      assert.strictEqual((yield* Binary.call([...regenerate, join(folder, "codes")])).code, 1)
      assert.deepStrictEqual(readdirSync(folder), [])
      yield* faults.clear
    }).pipe(Effect.scoped)
  )

  it.effect("leaves nothing behind when the question is left", () =>
    Effect.gen(function* () {
      const folder = yield* Binary.folder
      const args = [...regenerate, join(folder, "codes")]
      const { ended, said, type } = yield* Binary.onTerminal(args, { env: yield* Binary.env })
      yield* said("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      yield* type("\u0003")
      assert.strictEqual((yield* ended).code, 130)
      assert.deepStrictEqual(readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )

  it.effect("says that the codes are new when the name was taken meanwhile, and keeps what took it", () =>
    Effect.gen(function* () {
      const folder = yield* Binary.folder
      const file = join(folder, "codes")
      // On the terminal the question gives time for the name to be taken.
      const { ended, said, type } = yield* Binary.onTerminal([...regenerate, file], { env: yield* Binary.env })
      yield* said("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      writeFileSync(file, "somebody else's")
      yield* type("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 4)
      assert.include(stdout, "exists already")
      assert.include(stdout, "Your recovery codes were replaced")
      assert.strictEqual(read(file), "somebody else's")
      assert.deepStrictEqual(readdirSync(folder), ["codes"])
    }).pipe(Effect.scoped)
  )
})
