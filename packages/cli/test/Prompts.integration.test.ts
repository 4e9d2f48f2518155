/** The questions of the binary on a real terminal: how it leaves the terminal, and what the terminal shows. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { prompts, showCursor } from "./suites/Prompts.ts"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"

// Prints the terminal's settings after the command.
const printSettings = "code=$?; stty -a; exit $code"

/** Echo, lines and signals are on, as in a shell. A question turns them off. */
const assertRestored = (stdout: string) => {
  for (const setting of ["isig icanon", " echo "]) assert.include(stdout, setting)
}

prompts({ ...Binary, onTerminal: (args, options) => Binary.onTerminal(args, options, printSettings) }, assertRestored)

layer(Fixtures.EmulatorLive)("on a terminal", (it) => {
  for (const [signal, expected] of [
    ["TERM", 143],
    ["HUP", 129]
  ] as const) {
    it.effect(`SIG${signal} at a question ends with ${expected}, and restores the terminal`, () =>
      Effect.gen(function* () {
        const command = Binary.commandLine(["verify"]).join(" ")
        const script = `sh -c 'echo "[$$]"; exec "$@"' sh ${command}; ${printSettings}`
        const child = yield* Binary.scriptOnTerminal(script, { env: yield* Fixtures.env })
        const { ended, stdoutSoFar, waitFor } = Binary.record(child)
        yield* waitFor("OTP:")
        const [, pid = ""] = /\[(\d+)\]/.exec(stdoutSoFar()) ?? []
        process.kill(Number(pid), `SIG${signal}`)
        const { code, stdout } = yield* ended
        assert.strictEqual(code, expected)
        assertRestored(stdout)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("the question goes to standard error, and the codes to standard output", () =>
    Effect.gen(function* () {
      const command = Binary.commandLine(["recovery-codes", "regenerate"]).join(" ")
      const OUT = `${yield* Fixtures.folder}/out`
      const child = yield* Binary.scriptOnTerminal(`${command} > "$OUT"; code=$?; cat "$OUT"; exit $code`, {
        env: { ...(yield* Fixtures.env), OUT }
      })
      const { ended, waitFor } = Binary.record(child)
      yield* waitFor("Generate new ones?")
      child.stdin.write("y")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      assert.notInclude(stdout.slice(stdout.lastIndexOf(showCursor)), "Generate")
      assert.match(stdout.slice(stdout.lastIndexOf(showCursor)), /(?:[a-z0-9]{10}\r\n){10}/)
    }).pipe(Effect.scoped)
  )
})

layer(Fixtures.EmulatorLive)("on a pipe", (it) => {
  it.effect("verify reports a closed standard input", () =>
    Effect.gen(function* () {
      const script = `${Binary.commandLine(["verify"]).join(" ")} <&-`
      const child = yield* Binary.spawned(["/bin/sh", "-c", script], { env: yield* Fixtures.env })
      const { code, stderr } = yield* Binary.record(child).ended
      assert.strictEqual(code, 2)
      assert.include(stderr, "No OTP was given: standard input is empty.")
    }).pipe(Effect.scoped)
  )
})
