/** `--save`: a file for its owner only, written as a whole, that replaces nothing unless the user wants that. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { Effect, FileSystem, PlatformError } from "effect"
import { execFileSync } from "node:child_process"
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as SaveFile from "../src/SaveFile.ts"
import { saveFileAtQuestion } from "./suites/SaveFile.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const list = ["recovery-codes", "list", "--save"]
const regenerate = ["recovery-codes", "regenerate", "--save"]

describe("prepare", () => {
  const failing = (method: string, code: string) =>
    PlatformError.systemError({
      _tag: code === "EPERM" ? "PermissionDenied" : "Unknown",
      module: "FileSystem",
      method,
      cause: Object.assign(new Error(code), { code })
    })

  /** The real file system with some functions replaced. */
  const withFileSystem = (change: (fs: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>) =>
    Effect.updateService(FileSystem.FileSystem, (fs) => ({ ...fs, ...change(fs) }))

  const save = Effect.fnUntraced(function* (path: string, overwrite = false) {
    const file = yield* SaveFile.prepare(path, overwrite)
    yield* file.commit("codes\n")
  }, Effect.scoped)

  it.layer(NodeServices.layer)((it) => {
    it.effect("saves on a file system without hard links, and still replaces nothing", () =>
      Effect.gen(function* () {
        const folder = yield* Fixtures.folder
        const file = join(folder, "codes")
        const fat = withFileSystem(() => ({ link: () => Effect.fail(failing("link", "EPERM")) }))
        yield* fat(save(file))
        assert.strictEqual(readFileSync(file, "utf8"), "codes\n")
        assert.strictEqual(statSync(file).mode & 0o777, 0o600)
        assert.deepStrictEqual(readdirSync(folder), ["codes"])

        const late = join(folder, "late")
        const taken = fat(
          Effect.gen(function* () {
            const { commit } = yield* SaveFile.prepare(late, false)
            writeFileSync(late, "somebody else's")
            yield* commit("codes\n")
          }).pipe(Effect.scoped)
        )
        assert.strictEqual((yield* Effect.flip(taken)).message, `${late} exists already.`)
        assert.strictEqual(readFileSync(late, "utf8"), "somebody else's")

        const worse = withFileSystem(() => ({
          link: () => Effect.fail(failing("link", "EPERM")),
          rename: () => Effect.fail(failing("rename", "EIO"))
        }))
        const broken = join(folder, "broken")
        assert.strictEqual((yield* Effect.flip(worse(save(broken)))).message, `${broken} can't be written (EIO).`)
        assert.deepStrictEqual(readdirSync(folder).toSorted(), ["codes", "late"])
      }).pipe(Effect.scoped)
    )

    it.effect("says what is wrong with the disk, and leaves no file", () =>
      Effect.gen(function* () {
        const folder = yield* Fixtures.folder
        const file = join(folder, "codes")
        for (const [code, says] of [
          ["ENOSPC", "can't be written: the disk is full."],
          ["EDQUOT", "can't be written: the disk is full."],
          ["EROFS", "can't be written: the disk is read-only."],
          ["EIO", "can't be written (EIO)."]
        ] as const) {
          const disk = withFileSystem((fs) => ({
            open: (path, options) =>
              Effect.map(fs.open(path, options), (handle) => ({
                ...handle,
                [FileSystem.FileTypeId]: FileSystem.FileTypeId,
                sync: Effect.void,
                writeAll: () => Effect.fail(failing("writeAll", code))
              }))
          }))
          assert.strictEqual((yield* Effect.flip(disk(save(file)))).message, `${file} ${says}`)
          assert.deepStrictEqual(readdirSync(folder), [])
        }
      }).pipe(Effect.scoped)
    )
  })
})

saveFileAtQuestion(InProcess)

layer(Fixtures.EmulatorLive)("--save", (it) => {
  const codes = Effect.map(Fixtures.recoveryCodes, (codes) => codes.map((code) => `${code}\n`).join(""))
  const read = (path: string) => readFileSync(path, "utf8")

  it.effect("writes a file with mode 0600, shows no code, and leaves no other file", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const file = join(folder, "codes.txt")
      const ended = yield* InProcess.call([...list, file])
      assert.deepStrictEqual([ended.code, ended.stdout], [0, ""])
      assert.include(ended.stderr, `10 recovery codes are saved in ${file}, which only you can read.`)
      assert.strictEqual(read(file), yield* codes)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(folder), ["codes.txt"])
    }).pipe(Effect.scoped)
  )

  it.effect("replaces no file, folder or link, and sends nothing then", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const folder = yield* Fixtures.folder
      const at = (name: string) => join(folder, name)
      writeFileSync(at("file"), "mine")
      mkdirSync(at("folder"))
      symlinkSync(at("file"), at("link"))
      symlinkSync(at("nowhere"), at("dangling"))
      for (const name of ["file", "folder", "link", "dangling"]) {
        for (const command of [list, regenerate]) {
          const { code, stderr } = yield* InProcess.call([...command, at(name)])
          assert.strictEqual(code, 2)
          assert.include(stderr, name === "folder" ? "is a directory" : "exists already")
        }
      }
      assert.strictEqual((yield* InProcess.call([...list, at("folder"), "--force"])).code, 2)
      assert.strictEqual(read(at("file")), "mine")
      assert.deepStrictEqual(readdirSync(folder).toSorted(), ["dangling", "file", "folder", "link"])
      assert.deepStrictEqual(yield* emulator.counts, before)
    }).pipe(Effect.scoped)
  )

  it.effect("--force replaces a file and its mode, and replaces a link but not its target", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const file = join(folder, "file")
      const link = join(folder, "link")
      writeFileSync(file, "mine", { mode: 0o644 })
      symlinkSync(file, link)
      assert.strictEqual((yield* InProcess.call([...list, link, "--force"])).code, 0)
      assert.strictEqual(read(file), "mine")
      assert.isFalse(lstatSync(link).isSymbolicLink())
      assert.strictEqual(read(link), yield* codes)
      assert.strictEqual((yield* InProcess.call([...list, file, "--force", "-o", "json"])).code, 0)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.property(JSON.parse(read(file)), "recovery_codes")
    }).pipe(Effect.scoped)
  )

  it.effect("refuses a pipe, -, and --force without --save", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const folder = yield* Fixtures.folder
      const pipe = join(folder, "pipe")
      execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', pipe])
      for (const [args, says] of [
        [[...list, pipe, "--force"], "is not a file, but a device or a pipe"],
        [[...list, "-"], "The value of --save can't be -, which is not a file."],
        [["recovery-codes", "list", "--force"], "The flag --force needs --save"]
      ] as const) {
        const { code, stderr } = yield* InProcess.call(args, { cwd: folder })
        assert.strictEqual(code, 2)
        assert.include(stderr, says)
      }
      assert.isTrue(lstatSync(pipe).isFIFO())
      assert.deepStrictEqual(readdirSync(folder), ["pipe"])
      assert.deepStrictEqual(yield* emulator.counts, before)
    }).pipe(Effect.scoped)
  )

  it.effect("accepts the longest name that the system permits", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const name = "n".repeat(255)
      assert.strictEqual((yield* InProcess.call([...list, join(folder, name)])).code, 0)
      assert.deepStrictEqual(readdirSync(folder), [name])
      const { code, stderr } = yield* InProcess.call([...list, join(folder, `${name}n`)])
      assert.strictEqual(code, 2)
      assert.include(stderr, "The value of --save is not the path of a file.")
    }).pipe(Effect.scoped)
  )

  it.effect("leaves no file when the call fails", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.set([{ fault: { _tag: "Status", status: 404 } }])
      const folder = yield* Fixtures.folder
      assert.strictEqual((yield* InProcess.call([...regenerate, join(folder, "codes")])).code, 1)
      assert.deepStrictEqual(readdirSync(folder), [])
      yield* faults.clear
    }).pipe(Effect.scoped)
  )

  it.effect("reports that the codes were replaced when another program takes the name before they are saved", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const file = join(folder, "codes")
      // The question gives the test time to take the name.
      const { ended, waitFor, type } = yield* InProcess.onTerminal([...regenerate, file], { env: yield* Fixtures.env })
      yield* waitFor("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      writeFileSync(file, "somebody else's")
      yield* type("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 4)
      assert.include(stdout, "exists already")
      assert.include(stdout, "The recovery codes were replaced")
      assert.strictEqual(read(file), "somebody else's")
      assert.deepStrictEqual(readdirSync(folder), ["codes"])
    }).pipe(Effect.scoped)
  )
})
