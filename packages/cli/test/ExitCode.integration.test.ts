/** The exit codes of the binary: one case for each code, closed pipes, and signals. */
import { assert, layer } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Fiber, Stream } from "effect"
import { createServer } from "node:net"
import { listening } from "../../../test/support/listening.ts"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"

layer(Fixtures.EmulatorLive)("the binary ends with", (it) => {
  it.effect("0, 1, 2, 3 and 4, with the result on standard output and all else on standard error", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      const done = yield* Binary.call(["sms", "send", "-o", "json"])
      assert.deepStrictEqual(done, {
        code: 0,
        stdout: '{\n  "operation": "receiveCodes",\n  "outcome": "Applied"\n}\n',
        stderr: ""
      })
      const refused = yield* Binary.call(["verify", "000000"])
      assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
      assert.include(refused.stderr, "The API refused the OTP")
      const usage = yield* Binary.call(["sms", "send", "--nonsense"])
      assert.deepStrictEqual([usage.code, usage.stdout], [2, ""])
      assert.match(usage.stderr, /^Error: /)
      const port = yield* Effect.scoped(listening(createServer()))
      const env = { METAL_API_URL: `http://127.0.0.1:${port}/metal/v1` }
      const network = yield* Binary.call(["recovery-codes", "list", "--retries", "0"], { env })
      assert.deepStrictEqual([network.code, network.stdout], [3, ""])
      assert.include(network.stderr, `Nothing listens at 127.0.0.1:${port}`)
      yield* faults.set([{ fault: { _tag: "Reset" }, when: "after" }])
      const unknown = yield* Binary.call(["sms", "send"])
      assert.deepStrictEqual([unknown.code, unknown.stdout], [4, ""])
      assert.include(unknown.stderr, "this program can't tell")
      yield* faults.clear
    })
  )

  it.effect("0 when the reader of list closes the pipe, and 4 when the reader of regenerate does", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* faults.clear
      const callWithClosedPipe = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
        const child = yield* Binary.spawned(Binary.commandLine(args), { env: yield* Fixtures.env })
        child.stdout.destroy()
        child.stdin.end()
        return yield* Binary.record(child).ended
      }, Effect.scoped)
      assert.deepStrictEqual(yield* callWithClosedPipe(["recovery-codes", "list"]), { code: 0, stdout: "", stderr: "" })
      const lost = yield* callWithClosedPipe(["recovery-codes", "regenerate"])
      assert.strictEqual(lost.code, 4)
      assert.include(lost.stderr, "The recovery codes were replaced")
    })
  )

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const) {
    it.effect(`${code} at ${signal}, at once, and says what may have happened`, () =>
      Effect.gen(function* () {
        const faults = yield* Faults.Faults
        yield* faults.set([{ fault: { _tag: "Hang" }, when: "after" }])
        const { changes } = yield* Emulator.Emulator
        const sent = yield* Effect.forkScoped(
          Stream.runHead(Stream.filter(changes, ({ _tag }) => _tag === "SmsSent")),
          { startImmediately: true }
        )
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const child = yield* Binary.spawned(
          Binary.commandLine(["sms", "send", "--api-url", baseUrl, "--timeout", "10m"]),
          {
            env: yield* Fixtures.env
          }
        )
        yield* Fiber.join(sent)
        child.kill(signal)
        const ended = yield* Binary.record(child).ended
        assert.deepStrictEqual([ended.code, ended.stdout], [code, ""])
        assert.include(ended.stderr, "An SMS may have been sent")
      }).pipe(Effect.scoped)
    )
  }
})
