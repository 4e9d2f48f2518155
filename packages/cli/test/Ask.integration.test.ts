/** Questions on a real terminal, and a real standard input: how the terminal is left, and what is echoed. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import * as Binary from "./support/Binary.ts"
import * as World from "./support/World.ts"

const fullWidth = (digits: string) =>
  digits.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))

const showCursor = "\u001b[?25h"
const ctrlC = "\u0003"
const escape = "\u001b"
// Echo, lines and signals are as a shell has them: not the raw mode of a question.
const settings = "code=$?; stty -a; exit $code"
const cooked = ["isig icanon", " echo "]

layer(World.EmulatorLive)("on a terminal", (it) => {
  const onTerminal = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
    return yield* Binary.onTerminal(args, { env: yield* World.env }, settings)
  })

  it.effect("an OTP is asked for, and not shown", () =>
    Effect.gen(function* () {
      yield* Binary.call(["sms", "send"])
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

  it.effect("an OTP that is pasted is read as what it shows", () =>
    Effect.gen(function* () {
      yield* Binary.call(["sms", "send"])
      const otp = yield* World.lastOtp
      const { ended, said, type } = yield* onTerminal(["verify"])
      yield* said("OTP:")
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
      [["recovery-codes", "regenerate"], "Generate new ones?"]
    ] as const) {
      it.effect(`${name} leaves the question of ${args.join(" ")} with 130, and the terminal as it was`, () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.Emulator
          const before = yield* emulator.counts
          const { ended, said, type } = yield* onTerminal(args)
          yield* said(question)
          yield* type(key)
          const { code, stdout } = yield* ended
          assert.strictEqual(code, 130)
          assert.include(stdout, showCursor)
          for (const setting of cooked) assert.include(stdout, setting)
          assert.deepStrictEqual(yield* emulator.counts, before)
        }).pipe(Effect.scoped)
      )
    }
  }

  for (const [signal, expected] of [
    ["TERM", 143],
    ["HUP", 129]
  ] as const) {
    it.effect(`SIG${signal} leaves a question with ${expected}, and the terminal as it was`, () =>
      Effect.gen(function* () {
        const line = `sh -c 'echo "[$$]"; exec "$@"' sh ${Binary.words(["verify"]).join(" ")}; ${settings}`
        const child = yield* Binary.started(["script", "-qefc", line, "/dev/null"], {
          env: { ...(yield* World.env), TERM: "xterm", SHELL: "/bin/sh" }
        })
        const { ended, said, soFar } = Binary.listen(child)
        yield* said("OTP:")
        const [, pid = ""] = /\[(\d+)\]/.exec(soFar()) ?? []
        process.kill(Number(pid), `SIG${signal}`)
        const { code, stdout } = yield* ended
        assert.strictEqual(code, expected)
        for (const setting of cooked) assert.include(stdout, setting)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("the question stands on standard error, the codes on standard output", () =>
    Effect.gen(function* () {
      const line = `${Binary.words(["recovery-codes", "regenerate"]).join(" ")} > "$OUT"; code=$?; cat "$OUT"; exit $code`
      const OUT = `${yield* World.folder}/out`
      const child = yield* Binary.started(["script", "-qefc", line, "/dev/null"], {
        env: { ...(yield* World.env), OUT, TERM: "xterm", SHELL: "/bin/sh" }
      })
      const { ended, said } = Binary.listen(child)
      yield* said("Generate new ones?")
      child.stdin.write("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout.slice(stdout.lastIndexOf(showCursor)), "Generate")
      assert.match(stdout.slice(stdout.lastIndexOf(showCursor)), /(?:[a-z0-9]{10}\r\n){10}/)
    }).pipe(Effect.scoped)
  )

  it.effect("new codes are asked for on a terminal that shows lines only, too", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).regenerateCodes
      const env = { ...(yield* World.env), TERM: "dumb" }
      const answer = Effect.fnUntraced(function* (keys: string) {
        const { ended, said, type } = yield* Binary.onTerminal(["recovery-codes", "regenerate"], { env })
        yield* said("Generate new ones? (y/N) ")
        yield* type(keys)
        const { code, stdout } = yield* ended
        assert.notInclude(stdout, escape)
        return code
      }, Effect.scoped)
      assert.strictEqual(yield* answer("\r"), 130)
      assert.strictEqual(yield* answer("no\r"), 130)
      assert.strictEqual(yield* answer("\u0004"), 130)
      assert.strictEqual(yield* answer(ctrlC), 130)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      assert.strictEqual(yield* answer("yes\r"), 0)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )
})

layer(World.EmulatorLive)("on a pipe", (it) => {
  it.effect("an OTP is read from standard input, without waiting for its end", () =>
    Effect.gen(function* () {
      yield* Binary.call(["sms", "send"])
      const child = yield* Binary.started(Binary.words(["verify"]), { env: yield* World.env })
      child.stdin.write(`${yield* World.lastOtp}\n`)
      const { code, stderr } = yield* Binary.listen(child).ended
      assert.deepStrictEqual([code, stderr], [0, "Verified.\n"])
    }).pipe(Effect.scoped)
  )

  it.effect("a closed standard input is too", () =>
    Effect.gen(function* () {
      const line = `${Binary.words(["verify"]).join(" ")} <&-`
      const child = yield* Binary.started(["/bin/sh", "-c", line], { env: yield* World.env })
      const { code, stderr } = yield* Binary.listen(child).ended
      assert.strictEqual(code, 2)
      assert.include(stderr, "No OTP was given")
    }).pipe(Effect.scoped)
  )
})
