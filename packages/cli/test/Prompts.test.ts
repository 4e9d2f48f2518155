/** Questions on a terminal, and standard input without one. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import { fullWidth, prompts, showCursor } from "./suites/Prompts.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

prompts(InProcess)

layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
  const onTerminal = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
    return yield* InProcess.onTerminal(args, { env: yield* Fixtures.env })
  })

  it.effect("verify refuses an OTP with an invisible character in it, and names the character", () =>
    Effect.gen(function* () {
      const { ended, type, waitFor } = yield* onTerminal(["verify"])
      yield* waitFor("OTP:")
      yield* type("\u202e123456\r")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 2)
      assert.include(stdout, "it has U+202E, an invisible character: type it instead of pasting it.")
    }).pipe(Effect.scoped)
  )

  it.effect("regenerate generates codes after yes, but not after no or Enter", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const answer = Effect.fnUntraced(function* (key: string) {
        const { ended, type, waitFor } = yield* onTerminal(["recovery-codes", "regenerate"])
        yield* waitFor("Generate new ones?")
        yield* type(key)
        return yield* ended
      }, Effect.scoped)
      const before = (yield* emulator.counts).regenerateCodes
      assert.strictEqual((yield* answer("n")).code, 130)
      assert.strictEqual((yield* answer("\r")).code, 130)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      const { code, stdout } = yield* answer("y")
      assert.strictEqual(code, 0)
      assert.include(stdout, "RECOVERY CODE")
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )

  it.effect("regenerate --yes does not ask", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* (yield* onTerminal(["recovery-codes", "regenerate", "--yes"])).ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout, "Generate new ones?")
    }).pipe(Effect.scoped)
  )

  it.effect("the question goes to standard error, and the codes to standard output", () =>
    Effect.gen(function* () {
      const options = { env: yield* Fixtures.env }
      const redirected = { stdout: false }
      const { ended, stdoutSoFar, type, waitFor } = yield* InProcess.onTerminal(
        ["recovery-codes", "regenerate"],
        options,
        redirected
      )
      yield* waitFor("Generate new ones?")
      assert.include(stdoutSoFar(), showCursor.replace("h", "l"))
      yield* type("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout.slice(stdout.lastIndexOf(showCursor)), "Generate")
      assert.match(stdout.slice(stdout.lastIndexOf(showCursor)), /(?:[a-z0-9]{10}\n){10}/)
    }).pipe(Effect.scoped)
  )

  it.effect("regenerate without --yes fails when the user can't see the question", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).regenerateCodes
      const options = { env: yield* Fixtures.env }
      const runUnseen = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
        return yield* (yield* InProcess.onTerminal(args, options, { stderr: false })).ended
      }, Effect.scoped)
      const { code, stderr } = yield* runUnseen(["recovery-codes", "regenerate"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "The question can't be shown")
      assert.include(stderr, "Nothing was sent.")
      assert.include(stderr, "--yes")
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      assert.strictEqual((yield* runUnseen(["recovery-codes", "regenerate", "--yes"])).code, 0)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )

  it.effect("a question is plain ASCII when the locale is not UTF-8", () =>
    Effect.gen(function* () {
      const env = { ...(yield* Fixtures.env), LANG: "C" }
      const { ended, type, waitFor } = yield* InProcess.onTerminal(["verify"], { env })
      yield* waitFor("OTP:")
      yield* type("000000\r")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 1)
      assert.match(stdout, /^\p{ASCII}*$/u)
    }).pipe(Effect.scoped)
  )

  it.effect("verify reads nothing when the terminal would show the OTP, and says so", () =>
    Effect.gen(function* () {
      const options = { env: yield* Fixtures.env }
      const { ended } = yield* InProcess.onTerminal(["verify"], options, { stderr: false })
      const { code, stderr } = yield* ended
      assert.strictEqual(code, 2)
      assert.include(stderr, "No OTP was given: the terminal would show it while you type.")
    }).pipe(Effect.scoped)
  )
})

layer(Fixtures.EmulatorLive)("on a pipe", (it) => {
  it.effect(
    "verify accepts an OTP in groups, with any line break or none, and with invisible characters around it",
    () =>
      Effect.gen(function* () {
        for (const write of [
          (otp: string) => `${otp.slice(0, 3)} ${otp.slice(3)}\r\n`,
          (otp: string) => otp,
          (otp: string) => `\ufeff\u202a${otp}\u202c\n`,
          (otp: string) => `\u2009${fullWidth(otp.slice(0, 3))}\u202f${otp.slice(3)}\u200b\n`,
          (otp: string) => `  ${otp}  \nmore`
        ]) {
          yield* InProcess.call(["sms", "send"])
          assert.strictEqual((yield* InProcess.call(["verify"], { stdin: write(yield* Fixtures.lastOtp) })).code, 0)
        }
      })
  )

  it.effect("verify reports an empty standard input", () =>
    Effect.gen(function* () {
      for (const stdin of ["", "\n", "   \n"]) {
        const { code, stderr } = yield* InProcess.call(["verify"], { stdin })
        assert.strictEqual(code, 2)
        assert.include(stderr, "No OTP was given: standard input is empty.")
      }
    })
  )

  it.effect("regenerate does not ask", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.call(["recovery-codes", "regenerate"])
      assert.deepStrictEqual([code, stderr], [0, ""])
    })
  )
})
