/** The options of a call, tokens from an effect, the User-Agent and request ids. */
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, Otp } from "@metal-otp/schema"
import { ConfigProvider, Context, Effect, Fiber, Layer } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { recordSpans } from "../../../test/support/Spans.ts"
import { fields } from "./support/fields.ts"
import { authToken, call, operations, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { hasLimits, OtpsClient } from "./support/Subject.ts"

const noContent = () => new Response(null, { status: 204 })

describe("timeout of a call", () => {
  it.effect("replaces the client's, and its failure has an outcome", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => Effect.never, { timeout: "1 hour" })
      const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes({ timeout: "2 seconds" })))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepInclude(fields(yield* Fiber.join(fiber)), { reason: "TimedOut", outcome: "Unknown" })
    })
  )

  it.effect("can be longer than the client's", () =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => Effect.never, { timeout: "1 second" })
      const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes({ timeout: "1 minute" })))
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    })
  )

  it.effect.each([0, -1, "0 seconds", Number.NaN] as const)("%j is refused, and nothing is sent", (timeout) =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(noContent)
      const error = yield* Effect.flip(client.receiveCodes({ timeout }))
      assert.deepStrictEqual(fields(error), {
        _tag: "CallRejected",
        operation: "receiveCodes",
        reason: "InvalidOption",
        option: "timeout",
        outcome: "NotApplied"
      })
      assert.include(error.message, "timeout")
      assert.strictEqual(requests.length, 0)
    })
  )
})

describe("a token's effect", () => {
  class Vault extends Context.Service<Vault, { readonly read: Effect.Effect<string, Error> }>()("test/Vault") {}

  const fromVault = Effect.flatMap(Vault, ({ read }) => Effect.flatMap(read, AuthToken.make))

  it.effect("gets its services where the client is made", () =>
    Effect.gen(function* () {
      const sent: Array<string | undefined> = []
      const http = HttpClient.make((request) => {
        sent.push(request.headers["x-auth-token"])
        return Effect.succeed(HttpClientResponse.fromWeb(request, noContent()))
      })
      const vault = Layer.succeed(Vault, { read: Effect.succeed("from-the-vault") })
      const live = OtpsClient.layer({ authToken: fromVault, baseUrl: "https://api.example" }).pipe(
        Layer.provide([vault, Layer.succeed(HttpClient.HttpClient, http)])
      )
      const configured = OtpsClient.layerConfig({ authToken: fromVault }).pipe(
        Layer.provide([vault, Layer.succeed(HttpClient.HttpClient, http)]),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ METAL_API_URL: "https://api.example" })))
      )
      for (const layer of [live, configured]) {
        yield* Effect.flatMap(OtpsClient.OtpsClient, (client) => client.receiveCodes()).pipe(Effect.provide(layer))
      }
      assert.deepStrictEqual(sent, ["from-the-vault", "from-the-vault"])
    })
  )

  it.effect.each([
    ["fails", Effect.fail(new Error(`vault: ${token}`))],
    ["gives a token that can't be sent", AuthToken.make(`${token}\n`)],
    ["dies", Effect.die(new Error(token))]
  ] as const)("that %s rejects the call without its message, once, and before any limit", ([, broken]) =>
    Effect.gen(function* () {
      let runs = 0
      let limited = 0
      const { client, requests } = yield* scripted(noContent, {
        authToken: Effect.suspend(() => {
          runs++
          return Effect.orDie(broken)
        }),
        ...(hasLimits && {
          rateLimiter: { problem: undefined, take: () => Effect.sync(() => void limited++) },
          circuitBreaker: {
            around: <A, E, R>(tries: Effect.Effect<A, E, R>) => {
              limited++
              return tries
            }
          }
        })
      })
      const error = yield* Effect.flip(client.receiveCodes())
      assert.deepStrictEqual(fields(error), {
        _tag: "CallRejected",
        operation: "receiveCodes",
        reason: "TokenUnavailable",
        outcome: "NotApplied"
      })
      assert.notInclude(error.message, token)
      assert.deepStrictEqual([runs, limited, requests.length], [1, 0, 0])
    })
  )

  it.effect("runs once for a call with many tries", () =>
    Effect.gen(function* () {
      let runs = 0
      const { client, requests } = yield* scripted(() => Response.json({}, { status: 503 }), {
        authToken: Effect.suspend(() => {
          runs++
          return Effect.orDie(AuthToken.make(token))
        }),
        retryPolicy: undefined
      })
      const fiber = yield* Effect.forkChild(Effect.flip(client.findRecoveryCodes()))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(requests.length, 4)
      assert.strictEqual(runs, 1)
    })
  )
})

describe("the User-Agent", () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

  it.effect.each([
    [undefined, `metal-otp/${version}`],
    ["my-login/1.2", "my-login/1.2"],
    [false, undefined]
  ] as const)("for the setting %j is %j", ([userAgent, expected]) =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(noContent, { userAgent })
      yield* client.receiveCodes()
      assert.strictEqual(requests[0]?.headers["user-agent"], expected)
    })
  )

  it.effect("is left to the browser in a browser", () =>
    Effect.gen(function* () {
      const original = Object.getOwnPropertyDescriptor(globalThis, "navigator")
      const { client, requests } = yield* Effect.acquireUseRelease(
        Effect.sync(() =>
          Object.defineProperty(globalThis, "navigator", {
            value: { userAgent: "Mozilla/5.0 (X11)" },
            configurable: true
          })
        ),
        () => scripted(noContent),
        () => Effect.sync(() => original && Object.defineProperty(globalThis, "navigator", original))
      )
      yield* client.receiveCodes()
      assert.isUndefined(requests[0]?.headers["user-agent"])
    })
  )

  it.effect.each(["", "a\nb", " a"])("%j can't be sent, and is refused", (userAgent) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(scripted(noContent, { userAgent }))
      assert.strictEqual(error.setting, "userAgent")
    })
  )
})

describe("the request's id", () => {
  const answer = (status: number, headers: Record<string, string>, body: BodyInit | null = "{}") =>
    new Response(status === 204 ? null : body, { status, headers: { "content-type": "application/json", ...headers } })

  it.effect.each([
    ["x-request-id", "8f14e45f-ceea"],
    ["x-correlation-id", "abc"],
    ["cf-ray", "7d1-FRA"]
  ] as const)("in %s is in each failure that had a reply", ([name, id]) =>
    Effect.gen(function* () {
      for (const status of [400, 401, 404, 422, 429, 500, 503]) {
        for (const operation of operations) {
          const { client } = yield* scripted(() => answer(status, { [name]: id }))
          assert.deepInclude(fields(yield* Effect.flip(call[operation](client))), { requestId: id })
        }
      }
      const { client } = yield* scripted(() => answer(200, { [name]: id }, "[]"))
      assert.deepInclude(fields(yield* Effect.flip(client.findRecoveryCodes())), {
        _tag: "MalformedResponse",
        requestId: id
      })
      const broken = yield* scripted(() =>
        answer(200, { [name]: id }, new ReadableStream({ start: (controller) => controller.error(new Error()) }))
      )
      assert.deepInclude(fields(yield* Effect.flip(broken.client.findRecoveryCodes())), {
        _tag: "TransportFailure",
        requestId: id
      })
    })
  )

  it.effect("is on the span of a success too", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => answer(204, { "x-request-id": "abc" }))
      yield* traced(client.receiveCodes())
      assert.strictEqual(spans[0]?.attributes.get("metal_otp.request_id"), "abc")
    })
  )

  it.effect.each([
    ["no id at all", {}],
    ["too long", { "x-request-id": "a".repeat(129) }],
    ["text", { "x-request-id": "<b>hello</b>" }]
  ] as const)("is left out if there is %s", ([, headers]) =>
    Effect.gen(function* () {
      const { client } = yield* scripted(() => answer(401, headers))
      assert.notProperty(yield* Effect.flip(client.receiveCodes()), "requestId")
    })
  )

  it.effect("that echoes a secret is masked", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(
        () => answer(400, { "x-request-id": `id-${token}-${encodeURIComponent("x")}` }),
        {
          authToken
        }
      )
      const error = yield* traced(Effect.flip(client.findEnsureOtp(yield* Otp.make(otp))))
      assert.include(JSON.stringify(fields(error)), "<redacted>")
      assert.notInclude(JSON.stringify(fields(error)), token)
      assert.notInclude(JSON.stringify([...(spans[0]?.attributes ?? [])]), token)
      assert.notInclude(JSON.stringify([...(spans[0]?.attributes ?? [])]), otp)
    })
  )
})
