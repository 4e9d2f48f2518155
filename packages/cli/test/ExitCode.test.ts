/** The exit codes of failures and of commands. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { type Operation, OtpsError } from "@metal-otp/schema"
import { Deferred, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:net"
import { listening } from "../../../test/support/listening.ts"
import * as ExitCode from "../src/ExitCode.ts"
import * as Fixtures from "./support/Fixtures.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"
import * as InProcess from "./support/InProcess.ts"

describe("of", () => {
  const { CallRejected, InternalServerError, InvalidOtp, MalformedResponse, RateLimited, TransportFailure } = OtpsError
  const { BadRequest, NotFound, Unauthorized, UnexpectedStatus, UnprocessableEntity } = OtpsError
  const read = "findRecoveryCodes"
  const effect = "regenerateCodes"
  const lost = (operation: Operation.Operation, outcome: "NotApplied" | "Applied" | "Unknown") =>
    new TransportFailure({ operation, outcome, reason: "ConnectionLost" })

  it.each<[number, OtpsError.OtpsError]>([
    [1, new BadRequest({ operation: "findEnsureOtp" })],
    [1, new Unauthorized({ operation: effect })],
    [1, new NotFound({ operation: read })],
    [1, new UnprocessableEntity({ operation: "receiveCodes" })],
    [1, new RateLimited({ operation: effect })],
    [4, new InternalServerError({ operation: "receiveCodes" })],
    [1, new UnexpectedStatus({ operation: effect, status: 403, outcome: "NotApplied" })],
    [4, new UnexpectedStatus({ operation: effect, status: 503, outcome: "Unknown" })],
    [4, new UnexpectedStatus({ operation: effect, status: 201, outcome: "Applied" })],
    [1, new UnexpectedStatus({ operation: read, status: 503, outcome: "Unknown" })],
    [4, new MalformedResponse({ operation: effect, status: 200, reason: "Undecodable", outcome: "Applied" })],
    [1, new MalformedResponse({ operation: read, status: 200, reason: "Undecodable", outcome: "Applied" })],
    [3, lost(effect, "NotApplied")],
    [4, lost(effect, "Unknown")],
    [4, lost(effect, "Applied")],
    [3, lost(read, "Unknown")],
    [3, lost(read, "Applied")],
    [3, new CallRejected({ operation: effect, reason: "CircuitOpen" })],
    [2, new InvalidOtp({ reason: "Empty" })]
  ])("%i for %s", (code, error) => {
    assert.strictEqual(ExitCode.of(error), code)
  })

  it("covers every failure of the client", () => {
    const tags = OtpsError.OtpsError.members.map((member) => member.fields._tag.schema.literal)
    assert.lengthOf(new Set(tags), 13)
    assert.isTrue(Schema.isSchema(OtpsError.OtpsError))
  })
})

const effects = [
  ["recovery-codes", "regenerate"],
  ["sms", "send"],
  ["verify", "123456"]
]
const all = [["recovery-codes", "list"], ...effects]

layer(Fixtures.EmulatorLive)("a command ends with", (it) => {
  const callWithFaults = Effect.fnUntraced(function* (rules: ReadonlyArray<Faults.Rule>, args: ReadonlyArray<string>) {
    const faults = yield* Faults.Faults
    yield* faults.set(rules)
    return yield* InProcess.call(args)
  })

  it.effect("0 after a success", () =>
    Effect.gen(function* () {
      const list = yield* InProcess.call(["recovery-codes", "list"])
      const sent = yield* InProcess.call(["sms", "send"])
      const verified = yield* InProcess.call(["verify", yield* Fixtures.lastOtp])
      const fresh = yield* InProcess.call(["recovery-codes", "regenerate"])
      assert.deepStrictEqual(
        [list, sent, verified, fresh].map(({ code }) => code),
        [0, 0, 0, 0]
      )
    })
  )

  for (const args of all) {
    it.effect(`1 when the API refuses ${args.join(" ")}`, () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* InProcess.call(args, { env: { METAL_AUTH_TOKEN: "not-the-token" } })
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.include(stderr, "The API does not accept the token (status 401")
      })
    )

    it.effect(`3 when there is no server for ${args.join(" ")}`, () =>
      Effect.gen(function* () {
        const port = yield* Effect.scoped(listening(createServer()))
        const env = { METAL_API_URL: `http://127.0.0.1:${port}/metal/v1` }
        const { code, stderr, stdout } = yield* InProcess.call([...args, "--retries", "0"], { env })
        assert.deepStrictEqual([code, stdout], [3, ""])
        assert.include(stderr, `Nothing listens at 127.0.0.1:${port}`)
      })
    )
  }

  it.effect("1 for a wrong OTP", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.call(["verify", "000000"])
      assert.strictEqual(code, 1)
      assert.include(stderr, "The API refused the OTP")
      assert.include(stderr, "The OTP was not accepted.")
    })
  )

  it.effect("2 for a wrong flag, setting, OTP or file, and sends nothing", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.counts
      const wrong = [
        ["sms", "send", "--nonsense"],
        ["sms", "send", "again"],
        ["nonsense"],
        ["sms", "send", "--timeout", "soon"],
        ["sms", "send", "--retries", "many"],
        ["sms", "send", "--api-url", "http://example.com/"],
        ["sms", "send", "--config", "/no/such/file"],
        ["sms", "send", "--token-file", "/no/such/file"],
        ["sms", "send", "-o", "xml"],
        ["verify", ".."],
        ["verify"],
        ["recovery-codes", "regenerate", "--save", "/no/such/folder/codes"]
      ]
      yield* Effect.forEach(
        wrong,
        Effect.fnUntraced(function* (args) {
          const { code, stderr, stdout } = yield* InProcess.call(args)
          assert.deepStrictEqual([args, code, stdout], [args, 2, ""])
          assert.match(stderr, /^Error: /)
        }),
        { concurrency: 4 }
      )
      assert.deepStrictEqual(yield* emulator.counts, before)
    })
  )

  for (const args of effects) {
    it.effect(`4 when the reply to ${args.join(" ")} is lost`, () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* callWithFaults([{ fault: { _tag: "Reset" }, when: "after" }], args)
        assert.deepStrictEqual([code, stdout], [4, ""])
        assert.include(stderr, "this program can't tell")
        const faults = yield* Faults.Faults
        assert.lengthOf(yield* faults.injected, 1)
      })
    )
  }

  for (const [args, words] of [
    [["recovery-codes", "regenerate"], "The recovery codes may have been replaced"],
    [["sms", "send"], "An SMS may have been sent"],
    [["verify", "123456"], "The OTP may have been accepted"]
  ] as const) {
    it.effect(`4 when another server answers ${args.join(" ")} with a page, as a captive portal does`, () =>
      Effect.gen(function* () {
        const methods: Array<string | undefined> = []
        const port = yield* listening(
          createHttpServer((request, response) => {
            methods.push(request.method)
            response.writeHead(200, { "content-type": "text/html" }).end("<p>Sign in to the network</p>")
          })
        )
        const env = { METAL_API_URL: `http://127.0.0.1:${port}/metal/v1` }
        const { code, stderr, stdout } = yield* InProcess.call(args, { env })
        assert.deepStrictEqual([code, stdout], [4, ""])
        assert.include(stderr, words)
        assert.include(stderr, "this program can't tell")
        assert.notMatch(stderr, /was accepted|were replaced|succeeded/)
        assert.deepStrictEqual(methods, ["POST"])
      })
    )
  }

  for (const [args, words] of [
    [["recovery-codes", "list"], "Nothing was read"],
    [["recovery-codes", "regenerate"], "The recovery codes were not replaced."],
    [["sms", "send"], "No SMS was sent."],
    [["verify", "123456"], "The OTP was not accepted."]
  ] as const) {
    it.effect(`3 when the proxy refuses a tunnel for ${args.join(" ")}`, () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const proxy = yield* listening(forwardProxy(seen))
        const env = { METAL_API_URL: "https://api.test/metal/v1", HTTPS_PROXY: `http://127.0.0.1:${proxy}` }
        const { code, stderr, stdout } = yield* InProcess.call(args, { env })
        assert.deepStrictEqual([code, stdout], [3, ""])
        assert.include(stderr, "The proxy did not connect to api.test (UND_ERR_ABORTED).")
        assert.include(stderr, words)
        assert.deepStrictEqual(seen, ["CONNECT api.test:443 -"])
      })
    )
  }

  it.effect("3 when nothing listens at the proxy, and names the proxy and not the API", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(createServer()))
      const env = { METAL_API_URL: "https://api.test/metal/v1", HTTPS_PROXY: `http://user:s3cret@127.0.0.1:${port}` }
      const { code, stderr } = yield* InProcess.call(["sms", "send", "--retries", "0"], { env })
      assert.strictEqual(code, 3)
      assert.strictEqual(
        stderr,
        `Error: Nothing listens at the proxy 127.0.0.1:${port} (ECONNREFUSED).\n` +
          "  No SMS was sent.\n" +
          "  Check HTTPS_PROXY or HTTP_PROXY, and run: metal-otp doctor\n"
      )
    })
  )

  it.effect("4 when the reply with the new recovery codes is incomplete", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* callWithFaults(
        [{ fault: { _tag: "Truncated" }, when: "after" }],
        ["recovery-codes", "regenerate"]
      )
      assert.strictEqual(code, 4)
      assert.include(stderr, "The recovery codes were replaced")
      assert.include(stderr, "metal-otp recovery-codes list")
    })
  )

  it.effect("3 when the reply to a read is lost, after all retries", () =>
    Effect.gen(function* () {
      const { code } = yield* callWithFaults(
        [{ fault: { _tag: "Reset" } }],
        ["recovery-codes", "list", "--retries", "2"]
      )
      assert.strictEqual(code, 3)
      const faults = yield* Faults.Faults
      assert.lengthOf(yield* faults.injected, 3)
    })
  )

  it.effect("3 when a read takes longer than --timeout", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const port = yield* listening(createHttpServer(() => Deferred.doneUnsafe(asked, Effect.void)))
      const args = ["recovery-codes", "list", "--timeout", "10m", "--api-url", `http://127.0.0.1:${port}/`]
      const { ended } = yield* InProcess.start(args, { env: yield* Fixtures.env })
      yield* Deferred.await(asked)
      yield* TestClock.adjust("10 minutes")
      const { code, stderr } = yield* ended
      assert.strictEqual(code, 3)
      assert.include(stderr, "did not reply in time")
    }).pipe(Effect.scoped)
  )
})
