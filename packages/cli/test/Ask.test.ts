/** Questions on a terminal, and standard input where there is none. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import * as Program from "./support/Program.ts"
import * as World from "./support/World.ts"

const fullWidth = (digits: string) =>
  digits.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))

const showCursor = "\u001b[?25h"
const ctrlC = "\u0003"
const escape = "\u001b"

layer(World.EmulatorLive)("on a terminal", (it) => {
  const onTerminal = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
    return yield* Program.onTerminal(args, { env: yield* World.env })
  })

  it.effect("an OTP is asked for, and not shown", () =>
    Effect.gen(function* () {
      yield* Program.call(["sms", "send"])
      const otp = yield* World.lastOtp
      const { ended, said, type } = yield* onTerminal(["verify"])
      yield* said("OTP:")
      yield* type(`${otp}\r`)
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.include(stdout, "Verified.")
      assert.notInclude(stdout, otp)
      assert.notInclude(stdout, "*")
    }).pipe(Effect.scoped)
  )

  it.effect("an OTP that is pasted is read as what it shows, and what can't be read is told", () =>
    Effect.gen(function* () {
      const pasted = Effect.fnUntraced(function* (text: string) {
        const { ended, said, type } = yield* onTerminal(["verify"])
        yield* said("OTP:")
        yield* type(`${text}\r`)
        return yield* ended
      }, Effect.scoped)
      yield* Program.call(["sms", "send"])
      const otp = yield* World.lastOtp
      const { code, stdout } = yield* pasted(`\u202a${fullWidth(otp)}\u202c\u00a0\t`)
      assert.strictEqual(code, 0)
      assert.notInclude(stdout, otp)
      const refused = yield* pasted(`\u202e${otp}`)
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stdout, "it has U+202E, an invisible character: type it instead of pasting it.")
    })
  )

  for (const [name, key] of [
    ["Ctrl-C", ctrlC],
    ["Esc", escape]
  ] as const) {
    for (const [args, question] of [
      [["verify"], "OTP:"],
      [["recovery-codes", "regenerate"], "Generate new ones?"],
      [["sms", "send", "--token-file", "-"], "token:"]
    ] as const) {
      it.effect(`${name} leaves the question of ${args.join(" ")} with 130`, () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.Emulator
          const before = yield* emulator.counts
          const { ended, said, type } = yield* onTerminal(args)
          yield* said(question)
          yield* type(key)
          const { code, stdout } = yield* ended
          assert.strictEqual(code, 130)
          assert.include(stdout, showCursor)
          assert.deepStrictEqual(yield* emulator.counts, before)
        }).pipe(Effect.scoped)
      )
    }
  }

  it.effect("new codes are generated after a yes, not after a no, and not after Enter alone", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const answer = Effect.fnUntraced(function* (key: string) {
        const { ended, said, type } = yield* onTerminal(["recovery-codes", "regenerate"])
        yield* said("Generate new ones?")
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

  it.effect("--yes is not asked", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* (yield* onTerminal(["recovery-codes", "regenerate", "--yes"])).ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout, "Generate new ones?")
    }).pipe(Effect.scoped)
  )

  it.effect("the question stands on standard error, the codes on standard output", () =>
    Effect.gen(function* () {
      const options = { env: yield* World.env }
      const piped = { stdout: false, stderr: true }
      const { ended, said, soFar, type } = yield* Program.onTerminal(["recovery-codes", "regenerate"], options, piped)
      yield* said("Generate new ones?")
      assert.include(soFar(), showCursor.replace("h", "l"))
      yield* type("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout.slice(stdout.lastIndexOf(showCursor)), "Generate")
      assert.match(stdout.slice(stdout.lastIndexOf(showCursor)), /(?:[a-z0-9]{10}\n){10}/)
    }).pipe(Effect.scoped)
  )

  it.effect("new codes are asked for on a terminal that shows lines only, too", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).regenerateCodes
      const env = { ...(yield* World.env), TERM: "dumb" }
      const answer = Effect.fnUntraced(function* (keys: string) {
        const { ended, said, type } = yield* Program.onTerminal(["recovery-codes", "regenerate"], { env })
        yield* said("Generate new ones? (y/N) ")
        yield* type(keys)
        const { code, stdout } = yield* ended
        assert.notInclude(stdout, escape)
        return code
      }, Effect.scoped)
      assert.strictEqual(yield* answer("\r"), 130)
      assert.strictEqual(yield* answer("no\r"), 130)
      assert.strictEqual(yield* answer("\u0004"), 130)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      assert.strictEqual(yield* answer("yes\r"), 0)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )

  it.effect("new codes are not generated when the question can't be seen, unless there is --yes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).regenerateCodes
      const options = { env: yield* World.env }
      const unseen = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
        return yield* (yield* Program.onTerminal(args, options, { stderr: false })).ended
      }, Effect.scoped)
      const { code, stderr } = yield* unseen(["recovery-codes", "regenerate"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "The question can't be shown")
      assert.include(stderr, "Nothing was sent.")
      assert.include(stderr, "--yes")
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      assert.strictEqual((yield* unseen(["recovery-codes", "regenerate", "--yes"])).code, 0)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )

  it.effect("questions are plain ASCII where the locale has nothing else", () =>
    Effect.gen(function* () {
      const env = { ...(yield* World.env), LANG: "C" }
      const { ended, said, type } = yield* Program.onTerminal(["verify"], { env })
      yield* said("OTP:")
      yield* type("000000\r")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 1)
      assert.match(stdout, /^\p{ASCII}*$/u)
    }).pipe(Effect.scoped)
  )

  it.effect("nothing is read that would be seen while it is typed", () =>
    Effect.gen(function* () {
      const options = { env: yield* World.env }
      const { ended } = yield* Program.onTerminal(["verify"], options, { stderr: false })
      assert.strictEqual((yield* ended).code, 2)
    }).pipe(Effect.scoped)
  )
})

layer(World.EmulatorLive)("on a pipe", (it) => {
  it.effect("an OTP is read from standard input, without waiting for its end", () =>
    Effect.gen(function* () {
      yield* Program.call(["sms", "send"])
      const { ended, type } = yield* Program.start(["verify"], { env: yield* World.env })
      yield* type(`${yield* World.lastOtp}\n`)
      const { code, stderr } = yield* ended
      assert.deepStrictEqual([code, stderr], [0, "Verified.\n"])
    }).pipe(Effect.scoped)
  )

  it.effect("an OTP in groups, with a line break of Windows or without any, or with what nobody sees, will do", () =>
    Effect.gen(function* () {
      for (const write of [
        (otp: string) => `${otp.slice(0, 3)} ${otp.slice(3)}\r\n`,
        (otp: string) => otp,
        (otp: string) => `\ufeff\u202a${otp}\u202c\n`,
        (otp: string) => `\u2009${fullWidth(otp.slice(0, 3))}\u202f${otp.slice(3)}\u200b\n`,
        (otp: string) => `  ${otp}  \nmore`
      ]) {
        yield* Program.call(["sms", "send"])
        assert.strictEqual((yield* Program.call(["verify"], { stdin: write(yield* World.lastOtp) })).code, 0)
      }
    })
  )

  it.effect("nothing on standard input is a mistake that is told", () =>
    Effect.gen(function* () {
      for (const stdin of ["", "\n", "   \n"]) {
        const { code, stderr } = yield* Program.call(["verify"], { stdin })
        assert.strictEqual(code, 2)
        assert.include(stderr, "No OTP was given")
      }
    })
  )

  it.effect("new codes are generated without a question", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* Program.call(["recovery-codes", "regenerate"])
      assert.deepStrictEqual([code, stderr], [0, ""])
    })
  )
})
