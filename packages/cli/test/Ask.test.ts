/** Questions on a terminal, and standard input where there is none. */
import { assert, layer } from "@effect/vitest"
import { Emulator } from "@metal-otp/emulator"
import { Effect } from "effect"
import * as Binary from "./support/Binary.ts"

const fullWidth = (digits: string) =>
  digits.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))

const showCursor = "\u001b[?25h"
const ctrlC = "\u0003"
const escape = "\u001b"
// Echo, lines and signals are as a shell has them: not the raw mode of a question.
const settings = "code=$?; stty -a; exit $code"
const cooked = ["isig icanon", " echo "]

layer(Binary.EmulatorLive)("on a terminal", (it) => {
  const onTerminal = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
    return yield* Binary.onTerminal(args, { env: yield* Binary.env }, settings)
  })

  it.effect("an OTP is asked for, and not shown", () =>
    Effect.gen(function* () {
      yield* Binary.call(["sms", "send"])
      const otp = yield* Binary.lastOtp
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
      yield* Binary.call(["sms", "send"])
      const otp = yield* Binary.lastOtp
      const { code, stdout } = yield* pasted(`\u202a${fullWidth(otp)}\u202c\u00a0\t`)
      assert.strictEqual(code, 0)
      assert.notInclude(stdout, otp)
      const refused = yield* pasted(`\u202e${otp}`)
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stdout, "it has U+202E, which nobody can see: type it instead of pasting it.")
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
          env: { ...(yield* Binary.env), TERM: "xterm", SHELL: "/bin/sh" }
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
      const line = `${Binary.words(["recovery-codes", "regenerate"]).join(" ")} > "$OUT"; code=$?; cat "$OUT"; exit $code`
      const OUT = `${yield* Binary.folder}/out`
      const child = yield* Binary.started(["script", "-qefc", line, "/dev/null"], {
        env: { ...(yield* Binary.env), OUT, TERM: "xterm", SHELL: "/bin/sh" }
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
      const env = { ...(yield* Binary.env), TERM: "dumb" }
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

  it.effect("new codes are not generated when the question can't be seen, unless there is --yes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).regenerateCodes
      const unseen = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
        const line = `${Binary.words([...args]).join(" ")} 2> "$OUT"; code=$?; cat "$OUT"; exit $code`
        const env = { ...(yield* Binary.env), OUT: `${yield* Binary.folder}/out`, TERM: "xterm", SHELL: "/bin/sh" }
        return yield* Binary.listen(yield* Binary.started(["script", "-qefc", line, "/dev/null"], { env })).ended
      }, Effect.scoped)
      const { code, stdout } = yield* unseen(["recovery-codes", "regenerate"])
      assert.strictEqual(code, 2)
      assert.include(stdout, "The question can't be shown")
      assert.include(stdout, "Nothing was sent.")
      assert.include(stdout, "--yes")
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before)
      assert.strictEqual((yield* unseen(["recovery-codes", "regenerate", "--yes"])).code, 0)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, before + 1)
    })
  )

  it.effect("questions are plain ASCII where the locale has nothing else", () =>
    Effect.gen(function* () {
      const env = { ...(yield* Binary.env), LANG: "C" }
      const { ended, said, type } = yield* Binary.onTerminal(["verify"], { env })
      yield* said("OTP:")
      yield* type("000000\r")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 1)
      assert.match(stdout, /^\p{ASCII}*$/u)
    }).pipe(Effect.scoped)
  )

  it.effect("nothing is read that would be seen while it is typed", () =>
    Effect.gen(function* () {
      const line = `${Binary.words(["verify"]).join(" ")} 2> /dev/null; exit $?`
      const child = yield* Binary.started(["script", "-qefc", line, "/dev/null"], {
        env: { ...(yield* Binary.env), TERM: "xterm", SHELL: "/bin/sh" }
      })
      assert.strictEqual((yield* Binary.listen(child).ended).code, 2)
    }).pipe(Effect.scoped)
  )
})

layer(Binary.EmulatorLive)("on a pipe", (it) => {
  it.effect("an OTP is read from standard input, without waiting for its end", () =>
    Effect.gen(function* () {
      yield* Binary.call(["sms", "send"])
      const child = yield* Binary.started(Binary.words(["verify"]), { env: yield* Binary.env })
      child.stdin.write(`${yield* Binary.lastOtp}\n`)
      const { code, stderr } = yield* Binary.listen(child).ended
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
        yield* Binary.call(["sms", "send"])
        assert.strictEqual((yield* Binary.call(["verify"], { stdin: write(yield* Binary.lastOtp) })).code, 0)
      }
    })
  )

  it.effect("nothing on standard input is a mistake that is told", () =>
    Effect.gen(function* () {
      for (const stdin of ["", "\n", "   \n"]) {
        const { code, stderr } = yield* Binary.call(["verify"], { stdin })
        assert.strictEqual(code, 2)
        assert.include(stderr, "No OTP was given")
      }
    })
  )

  it.effect("a closed standard input is too", () =>
    Effect.gen(function* () {
      const line = `${Binary.words(["verify"]).join(" ")} <&-`
      const child = yield* Binary.started(["/bin/sh", "-c", line], { env: yield* Binary.env })
      const { code, stderr } = yield* Binary.listen(child).ended
      assert.strictEqual(code, 2)
      assert.include(stderr, "No OTP was given")
    }).pipe(Effect.scoped)
  )

  it.effect("new codes are generated without a question", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* Binary.call(["recovery-codes", "regenerate"])
      assert.deepStrictEqual([code, stderr], [0, ""])
    })
  )
})
