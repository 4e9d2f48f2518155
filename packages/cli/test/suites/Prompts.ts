/** Questions on a terminal, for the command in this process and for the binary. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import * as Fixtures from "../support/Fixtures.ts"
import type { Runner } from "../support/Runner.ts"

export const showCursor = "\u001b[?25h"
const ctrlC = "\u0003"
const ctrlD = "\u0004"
const escape = "\u001b"

/** Digits as full-width characters, which look the same. */
export const fullWidth = (digits: string) =>
  digits.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))

/**
 * @param runner runs the command
 * @param assertRestored checks the terminal after the command, by what is on it then
 */
export const prompts = (runner: Runner, assertRestored: (stdout: string) => void = () => {}) => {
  layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
    const onTerminal = Effect.fnUntraced(function* (
      args: ReadonlyArray<string>,
      variables: Readonly<Record<string, string>> = {}
    ) {
      return yield* runner.onTerminal(args, { env: { ...(yield* Fixtures.env), ...variables } })
    })

    it.effect("verify asks for the OTP without showing it", () =>
      Effect.gen(function* () {
        yield* runner.call(["sms", "send"])
        const otp = yield* Fixtures.lastOtp
        const { ended, type, waitFor } = yield* onTerminal(["verify"])
        yield* waitFor("OTP:")
        yield* type(`${otp}\r`)
        const { code, stdout } = yield* ended
        assert.strictEqual(code, 0)
        assert.include(stdout, "Verified.")
        assert.notInclude(stdout, otp)
        assert.notInclude(stdout, "*")
      }).pipe(Effect.scoped)
    )

    it.effect("verify accepts a pasted OTP with full-width digits and invisible characters", () =>
      Effect.gen(function* () {
        yield* runner.call(["sms", "send"])
        const otp = yield* Fixtures.lastOtp
        const { ended, type, waitFor } = yield* onTerminal(["verify"])
        yield* waitFor("OTP:")
        yield* type(`\u202a${fullWidth(otp)}\u202c\u00a0\t\r`)
        const { code, stdout } = yield* ended
        assert.strictEqual(code, 0)
        assert.notInclude(stdout, otp)
      }).pipe(Effect.scoped)
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
        it.effect(`${name} at the question of ${args.join(" ")} ends with 130, and sends nothing`, () =>
          Effect.gen(function* () {
            const emulator = yield* Emulator.Emulator
            const before = yield* emulator.counts
            const { ended, type, waitFor } = yield* onTerminal(args)
            yield* waitFor(question)
            yield* type(key)
            const { code, stdout } = yield* ended
            assert.strictEqual(code, 130)
            assert.include(stdout, showCursor)
            assertRestored(stdout)
            assert.deepStrictEqual(yield* emulator.counts, before)
          }).pipe(Effect.scoped)
        )
      }
    }

    it.effect("regenerate asks on a dumb terminal too, by a line", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const before = (yield* emulator.counts).regenerateCodes
        const answer = Effect.fnUntraced(function* (keys: string) {
          const { ended, type, waitFor } = yield* onTerminal(["recovery-codes", "regenerate"], { TERM: "dumb" })
          yield* waitFor("Generate new ones? (y/N) ")
          yield* type(keys)
          const { code, stdout } = yield* ended
          assert.notInclude(stdout, escape)
          return code
        }, Effect.scoped)
        for (const keys of ["\r", "no\r", ctrlD, ctrlC]) assert.strictEqual(yield* answer(keys), 130)
        assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
        assert.strictEqual(yield* answer("yes\r"), 0)
        assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
      })
    )
  })

  layer(Fixtures.EmulatorLive)("on a pipe", (it) => {
    it.effect("verify reads one line of standard input, and does not wait for its end", () =>
      Effect.gen(function* () {
        yield* runner.call(["sms", "send"])
        const { ended, type } = yield* runner.start(["verify"], { env: yield* Fixtures.env })
        yield* type(`${yield* Fixtures.lastOtp}\n`)
        const { code, stderr } = yield* ended
        assert.deepStrictEqual([code, stderr], [0, "Verified.\n"])
      }).pipe(Effect.scoped)
    )
  })
}
