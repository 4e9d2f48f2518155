/** The spans of calls. */
import { assert, describe, it } from "@effect/vitest"
import { Telemetry } from "@metal-otp/core"
import { Limits } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, EmulatorServer } from "@metal-otp/emulator"
import { AuthToken, Endpoint, type Operation, Otp } from "@metal-otp/schema"
import { Context, Duration, Effect, Fiber, Layer, Option, Redacted } from "effect"
import { FetchHttpClient, Headers, HttpClient, HttpClientRequest } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { authToken, call, operations, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { recordSpans } from "../../../test/support/Spans.ts"
import { wired } from "./support/WireServer.ts"
import { hasLimits, OtpsClient } from "./support/Subject.ts"

const attributes = (span: { readonly attributes: ReadonlyMap<string, unknown> } | undefined) =>
  Object.fromEntries(span?.attributes ?? [])

const common = (operation: Operation.Operation) => ({
  "http.request.method": Endpoint.endpoints[operation].method,
  "url.template": Endpoint.endpoints[operation].path,
  "server.address": "api.example",
  "server.port": 443
})

const succeed = (operation: Operation.Operation) => () =>
  Endpoint.endpoints[operation].success === 204 ? new Response(null, { status: 204 }) : Response.json({})

describe("tracing", () => {
  it.effect.each(operations)(
    "%s has one client span, with the caller's as its parent and the path as a template",
    (operation) =>
      Effect.gen(function* () {
        const { spans, traced } = recordSpans()
        const { client } = yield* scripted(succeed(operation))
        yield* traced(Effect.withSpan(call[operation](client), "caller"))
        assert.deepStrictEqual(
          spans.map((span) => span.name),
          ["caller", Telemetry.spanName(operation)]
        )
        const span = spans[1]
        assert.strictEqual(span?.kind, "client")
        assert.strictEqual(span?.status._tag, "Ended")
        assert.deepStrictEqual(attributes(span), {
          ...common(operation),
          "http.response.status_code": Endpoint.endpoints[operation].success
        })
      })
  )

  it.effect.each(operations)("%s that is refused has the status as error.type", (operation) =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => Response.json({}, { status: 401 }))
      yield* traced(Effect.flip(call[operation](client)))
      assert.deepStrictEqual(attributes(spans[0]), {
        ...common(operation),
        "http.response.status_code": 401,
        "error.type": "401"
      })
    })
  )

  it.effect.each(operations)("%s that times out has the reason as error.type", (operation) =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => Effect.never)
      const fiber = yield* Effect.forkChild(traced(Effect.flip(call[operation](client))))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(attributes(spans[0]), { ...common(operation), "error.type": "TimedOut" })
    })
  )

  it.effect("a malformed reply has the reason as error.type", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => new Response("{", { headers: { "content-type": "application/json" } }))
      yield* traced(Effect.flip(client.findRecoveryCodes()))
      assert.deepInclude(attributes(spans[0]), { "http.response.status_code": 200, "error.type": "Undecodable" })
    })
  )

  it.effect("a call has its own span only if the program sets a tracer", () =>
    Effect.gen(function* () {
      const current: Array<string | undefined> = []
      const { client } = yield* scripted(() =>
        Effect.match(Effect.currentSpan, {
          onFailure: () => current.push(undefined),
          onSuccess: ({ name }) => current.push(name)
        }).pipe(Effect.as(new Response(null, { status: 204 })))
      )
      const { traced } = recordSpans()
      yield* client.receiveCodes()
      yield* Effect.withSpan(client.receiveCodes(), "caller")
      yield* traced(client.receiveCodes())
      assert.deepStrictEqual(current, [undefined, "caller", "OtpsClient.receiveCodes"])
    })
  )

  it.effect(
    "the token's effect and the rate limiter run in the span, with the caller's settings and not the transport's",
    () =>
      Effect.gen(function* () {
        const { spans, traced } = recordSpans()
        const init: RequestInit = { cache: "reload" }
        const inspectContext = (name: string) =>
          Effect.gen(function* () {
            const context = yield* Effect.context()
            assert.strictEqual(Context.getOrUndefined(context, FetchHttpClient.RequestInit), init)
            assert.isFalse(Context.get(context, HttpClient.TracerDisabledWhen)(HttpClientRequest.get("/")))
            for (const name of ["x-auth-token", "x-otp-token"]) {
              assert.notInclude(Context.get(context, Headers.CurrentRedactedNames), name)
            }
          }).pipe(Effect.withSpan(name))
        const limiter = RateLimiter.RateLimiter.of({
          ...(yield* RateLimiter.RateLimiter),
          consume: () =>
            Effect.as(inspectContext("limit"), {
              delay: Duration.zero,
              limit: 1,
              remaining: 1,
              resetAfter: Duration.zero
            })
        })
        const { client } = yield* scripted(succeed("receiveCodes"), {
          authToken: Effect.orDie(Effect.andThen(inspectContext("token"), AuthToken.make(token))),
          ...(hasLimits && { rateLimiter: Limits.rateLimiter(limiter, { limit: 1, window: "1 second" }) })
        })
        yield* traced(Effect.provideService(client.receiveCodes(), FetchHttpClient.RequestInit, init))
        assert.deepStrictEqual(
          spans.map(({ name, parent }) => [name, Option.getOrUndefined(parent)?.spanId]),
          [
            ["OtpsClient.receiveCodes", undefined],
            ["token", spans[0]?.spanId],
            ...(hasLimits ? [["limit", spans[0]?.spanId]] : [])
          ]
        )
      }).pipe(Effect.provide(Limits.layer()))
  )

  it.effect("an invalid OTP has no span, since there is no call", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      const { client } = yield* scripted(() => new Response())
      yield* traced(Effect.flip(Effect.flatMap(Otp.make(".."), (otp) => client.findEnsureOtp(otp))))
      assert.strictEqual(spans.length, 0)
    })
  )

  describe.each(["in memory", "over HTTP"] as const)("against the emulator %s", (where) => {
    const EmulatorLive = Emulator.layer({ users: [{ authToken }] })
    const ClientLive =
      where === "in memory"
        ? OtpsClient.layer({ authToken }).pipe(Layer.provide(EmulatorHttpClient.layer))
        : Layer.unwrap(
            Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => OtpsClient.layer({ authToken, baseUrl }))
          ).pipe(Layer.provide([EmulatorServer.layer(), FetchHttpClient.layer]))

    it.effect("spans contain no token, OTP or recovery code, and there are no other spans", () =>
      Effect.gen(function* () {
        const { spans, traced } = recordSpans()
        const secrets: Array<string> = [token, otp, encodeURIComponent(otp)]
        yield* Effect.gen(function* () {
          const client = yield* OtpsClient.OtpsClient
          const { recoveryCodes } = yield* client.findRecoveryCodes()
          const fresh = yield* client.regenerateCodes()
          yield* client.receiveCodes()
          yield* Effect.flip(Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp)))
          for (const code of [...recoveryCodes, ...fresh.recoveryCodes]) secrets.push(Redacted.value(code))
        }).pipe(Effect.provide(ClientLive.pipe(Layer.provide(EmulatorLive))), traced)
        assert.deepStrictEqual(
          spans.map((span) => span.name),
          ["findRecoveryCodes", "regenerateCodes", "receiveCodes", "findEnsureOtp"].map((name) => `OtpsClient.${name}`)
        )
        const text = inspect(spans, { depth: Infinity, showHidden: true, customInspect: false })
        assert.strictEqual(secrets.length, 23)
        for (const secret of secrets) assert.notInclude(text, secret)
      })
    )
  })

  it.effect("no trace header is sent to the API", () =>
    Effect.gen(function* () {
      const { traced } = recordSpans()
      const { client, server } = yield* wired((socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"))
      yield* traced(Effect.withSpan(client.receiveCodes(), "caller"))
      assert.notMatch(server.requests.join(), /traceparent|b3|tracestate|baggage/i)
    })
  )
})
