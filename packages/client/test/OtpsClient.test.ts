/** The settings, the token, the transport and the configuration of `OtpsClient`. */
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, InvalidSetting, RecoveryCodeList } from "@metal-otp/schema"
import { ConfigProvider, Duration, Effect, Exit, Fiber, Layer, Redacted, Ref } from "effect"
import {
  FetchHttpClient,
  Headers,
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse
} from "effect/http"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { transportError } from "./support/Failing.ts"
import { fields } from "./support/fields.ts"
import { authToken, call, operations, otp, token } from "./support/operations.ts"
import { scripted } from "./support/Scripted.ts"
import { OtpsClient } from "./support/Subject.ts"

const noContent = () => new Response(null, { status: 204 })

const sent = (requests: ReadonlyArray<HttpClientRequest.HttpClientRequest>) =>
  requests.map((request) => request.headers["x-auth-token"])

describe("OtpsClient", () => {
  describe("settings", () => {
    it.effect.each([
      ["https://api.example/metal/v1", "https://api.example/metal/v1/user/otp/sms/receive"],
      ["https://api.example/metal/v1/", "https://api.example/metal/v1/user/otp/sms/receive"],
      ["https://api.example/metal/v1///", "https://api.example/metal/v1/user/otp/sms/receive"],
      ["https://api.example", "https://api.example/user/otp/sms/receive"],
      [new URL("https://api.example:8443/v2/"), "https://api.example:8443/v2/user/otp/sms/receive"],
      ["HTTP://LOCALHOST:8080/x", "http://localhost:8080/x/user/otp/sms/receive"],
      ["http://127.0.0.9", "http://127.0.0.9/user/otp/sms/receive"],
      ["http://[::1]:1/", "http://[::1]:1/user/otp/sms/receive"],
      ["http://otp.localhost", "http://otp.localhost/user/otp/sms/receive"],
      [undefined, "https://api.equinix.com/metal/v1/user/otp/sms/receive"]
    ] as const)("the base URL %s leads to %s", ([baseUrl, url]) =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(noContent, { baseUrl })
        yield* client.receiveCodes()
        assert.deepStrictEqual(
          requests.map((request) => request.url),
          [url]
        )
      })
    )

    it.effect("allowInsecureHttp permits http: to any host", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(noContent, {
          baseUrl: "http://emulator:8080/metal/v1",
          allowInsecureHttp: true
        })
        yield* client.receiveCodes()
        assert.strictEqual(requests.length, 1)
      })
    )

    it.effect.each([
      ["authToken", { authToken: Redacted.make("") }, /is empty/],
      ["authToken", { authToken: Redacted.make("s3cret\n") }, /line break/],
      ["baseUrl", { baseUrl: "s3cret" }, /parsed/],
      ["baseUrl", { baseUrl: "" }, /parsed/],
      ["baseUrl", { baseUrl: "/metal/v1?s3cret" }, /parsed/],
      ["baseUrl", { baseUrl: "ftp://s3cret.example" }, /neither https: nor http:/],
      ["baseUrl", { baseUrl: "https://user:s3cret@api.example" }, /user name or a password/],
      ["baseUrl", { baseUrl: "https://s3cret@api.example" }, /user name or a password/],
      ["baseUrl", { baseUrl: new URL("https://:s3cret@api.example") }, /user name or a password/],
      ["baseUrl", { baseUrl: "https://api.example/?key=s3cret" }, /query or a fragment/],
      ["baseUrl", { baseUrl: "https://api.example/#s3cret" }, /query or a fragment/],
      ["baseUrl", { baseUrl: "https://api.example/?" }, /query or a fragment/],
      ["baseUrl", { baseUrl: "http://s3cret.example" }, /allowInsecureHttp/],
      ["baseUrl", { baseUrl: "http://127.0.0.1.s3cret.example" }, /allowInsecureHttp/],
      ["baseUrl", { baseUrl: "http://localhost.s3cret.example" }, /allowInsecureHttp/],
      ["timeout", { timeout: 0 }, /above zero/],
      ["timeout", { timeout: -5 }, /above zero/],
      ["timeout", { timeout: Number.NaN }, /above zero/],
      ["maxBodySize", { maxBodySize: 0 }, /above zero/],
      ["maxBodySize", { maxBodySize: -1 }, /above zero/],
      ["maxBodySize", { maxBodySize: 1.5 }, /above zero/]
    ] as const)("%s is refused: %o", ([setting, options, problem]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(scripted(noContent, options))
        assert.instanceOf(error, InvalidSetting.InvalidSetting)
        assert.strictEqual(error.setting, setting)
        assert.match(error.message, problem)
        assert.match(error.message, new RegExp(`^${setting}: `))
        assert.notInclude(inspect(error, { depth: 20, showHidden: true }) + String(error), "s3cret")
      })
    )

    it.effect.each([Duration.infinity, "30 seconds", 5] as const)("a timeout of %s is accepted", (timeout) =>
      Effect.gen(function* () {
        const { client } = yield* scripted(noContent, { timeout })
        yield* client.receiveCodes()
      })
    )

    it.effect("the timeout is the deadline of a call, to the millisecond", () =>
      Effect.gen(function* () {
        const { client } = yield* scripted(() => Effect.never, { timeout: "1500 millis" })
        const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes()))
        yield* TestClock.adjust("1499 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "TransportFailure")
      })
    )

    it.effect("maxBodySize is the largest body that is read", () =>
      Effect.gen(function* () {
        const { client } = yield* scripted(() => Response.json({}), { maxBodySize: 1 })
        assert.deepInclude(fields(yield* Effect.flip(client.findRecoveryCodes())), { reason: "TooLarge" })
      })
    )
  })

  describe("token", () => {
    it.effect("each operation sends the client's token", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => Response.json({}))
        for (const operation of operations) yield* Effect.exit(call[operation](client))
        assert.deepStrictEqual(
          sent(requests),
          operations.map(() => token)
        )
      })
    )

    it.effect("an effect for the token runs once for each call", () =>
      Effect.gen(function* () {
        const count = yield* Ref.make(0)
        const rotating = Ref.updateAndGet(count, (n) => n + 1).pipe(
          Effect.flatMap((n) => AuthToken.make(`token-${n}`)),
          Effect.orDie
        )
        const { client, requests } = yield* scripted(noContent, { authToken: rotating })
        yield* client.receiveCodes()
        yield* client.receiveCodes()
        assert.deepStrictEqual(sent(requests), ["token-1", "token-2"])
      })
    )

    it.effect("an effect for the token that never ends is cut off by the deadline, and nothing is sent", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(noContent, { authToken: Effect.never })
        const fiber = yield* Effect.forkChild(Effect.flip(client.receiveCodes()))
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(fiber)
        assert.deepInclude(fields(error), { reason: "TimedOut", outcome: "NotApplied" })
        assert.strictEqual(requests.length, 0)
      })
    )

    it.effect("a transport that redacts headers does not print the token", () =>
      Effect.gen(function* () {
        let printed = ""
        const http = HttpClient.make((request) =>
          Effect.gen(function* () {
            printed = JSON.stringify(Headers.redact(request.headers, yield* Headers.CurrentRedactedNames), (_, value) =>
              Redacted.isRedacted(value) ? String(value) : value
            )
            return HttpClientResponse.fromWeb(request, noContent())
          })
        )
        const client = yield* OtpsClient.make({ authToken }).pipe(Effect.provideService(HttpClient.HttpClient, http))
        yield* client.receiveCodes()
        assert.include(printed, "x-auth-token")
        assert.notInclude(printed, token)
      })
    )
  })

  describe("confirmRegenerateCodes", () => {
    it.effect.each([
      [["a", "b"], ["c", "d"], "Applied"],
      [["a", "b"], ["a", "c"], "Applied"],
      [[], ["a"], "Applied"],
      [["a", "b"], ["b", "a"], "NotApplied"],
      [["a", "b"], ["b"], "NotApplied"],
      [["a", "b"], [], "Unknown"],
      [[], [], "Unknown"]
    ] as const)("codes %j before and %j now: %s", ([before, now, outcome]) =>
      Effect.gen(function* () {
        const { client, requests } = yield* scripted(() => Response.json({ recovery_codes: now }))
        const confirmation = yield* client.confirmRegenerateCodes(RecoveryCodeList.make(before))
        assert.strictEqual(confirmation.outcome, outcome)
        assert.deepStrictEqual(confirmation.codes.recoveryCodes.map(Redacted.value), [...now])
        assert.deepStrictEqual(
          requests.map(({ method }) => method),
          ["GET"]
        )
      })
    )
  })

  describe("regenerateCodesConfirmed", () => {
    const list = (...codes: ReadonlyArray<string>) => Response.json({ recovery_codes: codes })
    const lost = (request: HttpClientRequest.HttpClientRequest) => transportError(request, "ECONNRESET")
    const methods = (requests: ReadonlyArray<HttpClientRequest.HttpClientRequest>) =>
      requests.map(({ method }) => method).join(" ")

    /** A client that gets one answer for each request. */
    const answering = (...answers: ReadonlyArray<Parameters<typeof scripted>[0]>) => {
      const left = [...answers]
      return scripted((request) => (left.shift() ?? assert.fail("one request too many"))(request))
    }

    const cutOff = () =>
      new Response('{"recovery_codes":["c"', { status: 200, headers: { "content-type": "application/json" } })

    it.effect.each([
      ["the reply came", () => list("c", "d"), undefined, "Applied", ["c", "d"]],
      ["the reply was lost, and the codes are new", lost, ["c", "d"], "Applied", ["c", "d"]],
      ["the reply was lost, and the codes are the old ones", lost, ["a"], "NotApplied", ["a"]],
      ["the reply was lost, and there are no codes", lost, [], "Unknown", []],
      ["the reply was cut off, and the codes are new", cutOff, ["c"], "Applied", ["c"]],
      ["the reply was cut off, and the codes are the old ones", cutOff, ["a", "b"], "Unknown", ["a", "b"]]
    ] as const)("%s", ([, regenerated, now, outcome, codes]) =>
      Effect.gen(function* () {
        const after = now === undefined ? [] : [() => list(...now)]
        const { client, requests } = yield* answering(() => list("a", "b"), regenerated, ...after)
        const confirmation = yield* client.regenerateCodesConfirmed()
        assert.strictEqual(confirmation.outcome, outcome)
        assert.deepStrictEqual(RecoveryCodeList.values(confirmation.codes), [...codes])
        assert.strictEqual(methods(requests), now === undefined ? "GET POST" : "GET POST GET")
      })
    )

    const refused = (status: number) => () => new Response(null, { status })

    it.effect.each([
      ["after a read that fails, nothing is sent", [refused(401)], "Unauthorized", "findRecoveryCodes", "NotApplied"],
      [
        "after a refusal, nothing is read",
        [() => list("a"), refused(422)],
        "UnprocessableEntity",
        "regenerateCodes",
        "NotApplied"
      ],
      [
        "a second read that fails leaves the outcome unknown",
        [() => list("a"), lost, refused(401)],
        "TransportFailure",
        "regenerateCodes",
        "Unknown"
      ],
      [
        "a second read that fails does not change an outcome that the API has confirmed",
        [() => list("a"), cutOff, refused(404)],
        "MalformedResponse",
        "regenerateCodes",
        "Applied"
      ]
    ] as const)("%s", ([, answers, tag, operation, outcome]) =>
      Effect.gen(function* () {
        const { client, requests } = yield* answering(...answers)
        const failure = yield* Effect.flip(client.regenerateCodesConfirmed())
        assert.deepInclude(fields(failure), { _tag: tag, operation, outcome })
        assert.strictEqual(requests.length, answers.length)
      })
    )

    it.effect("the options are those of each of its calls", () =>
      Effect.gen(function* () {
        const { client, requests } = yield* answering(
          () => list("a"),
          lost,
          () => list("a")
        )
        const error = yield* Effect.flip(client.regenerateCodesConfirmed({ timeout: 0 }))
        assert.deepInclude(fields(error), { _tag: "CallRejected", reason: "InvalidOption", option: "timeout" })
        yield* client.regenerateCodesConfirmed({ timeout: "1 minute" })
        assert.deepStrictEqual(sent(requests), [token, token, token])
      })
    )
  })

  it.effect("a recovery code of a list can be verified without a check of its form", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* scripted(({ method }) =>
        method === "GET" ? Response.json({ recovery_codes: ["x".repeat(65), "1234-5678"] }) : noContent()
      )
      const { recoveryCodes } = yield* client.findRecoveryCodes()
      yield* Effect.forEach(recoveryCodes, (code) => client.findEnsureOtp(code))
      assert.deepStrictEqual(
        requests.map(({ url }) => url.split("/").at(-1)),
        ["recovery-codes", "1234-5678"]
      )
    })
  )

  describe("transport", () => {
    it.effect.each(operations)(
      "a defect of the transport is a typed failure of %s, without the defect's data",
      (operation) =>
        Effect.gen(function* () {
          const { client } = yield* scripted((request) => Effect.die(Object.assign(new Error(token), { request })))
          const exit = yield* Effect.exit(call[operation](client))
          const error = yield* Effect.flip(exit)
          assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "Other", outcome: "Unknown" })
          const text = inspect(exit, { depth: Infinity, showHidden: true, customInspect: false })
          assert.notInclude(text, token)
          assert.notInclude(text, otp)
        })
    )

    it.effect("a transport that fails on a status has a reply, which decides the failure", () =>
      Effect.gen(function* () {
        const strict = HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ error: "no" }, { status: 401 })))
        ).pipe(HttpClient.filterStatusOk)
        const client = yield* OtpsClient.make({ authToken }).pipe(Effect.provideService(HttpClient.HttpClient, strict))
        const error = yield* Effect.flip(client.receiveCodes())
        assert.deepInclude(fields(error), { _tag: "Unauthorized", error: "no" })
      })
    )

    it.effect.each([HttpClientError.EncodeError, HttpClientError.InvalidUrlError])(
      "%o proves that nothing was sent",
      (Reason) =>
        Effect.gen(function* () {
          const { client } = yield* scripted((request) =>
            Effect.fail(new HttpClientError.HttpClientError({ reason: new Reason({ request, description: token }) }))
          )
          const exit = yield* Effect.exit(client.receiveCodes())
          assert.deepInclude(fields(yield* Effect.flip(exit)), { reason: "Other", outcome: "NotApplied" })
          assert.notInclude(inspect(exit, { depth: Infinity, showHidden: true, customInspect: false }), token)
        })
    )

    it.effect.each(["where it is made", "where it is called"])(
      "fetch settings %s are kept, except those that the client sets",
      (where) =>
        Effect.gen(function* () {
          const seen: Array<RequestInit> = []
          const fetch: typeof globalThis.fetch = async (_, init) => {
            if (init !== undefined) seen.push(init)
            return noContent()
          }
          const settings = Effect.provideService(FetchHttpClient.RequestInit, {
            priority: "high",
            redirect: "follow",
            credentials: "include",
            referrerPolicy: "unsafe-url",
            cache: "force-cache"
          })
          const made = OtpsClient.make({ authToken }).pipe(Effect.provide(FetchHttpClient.layer))
          const client = yield* where === "where it is made" ? settings(made) : made
          const called = client.receiveCodes()
          yield* (where === "where it is called" ? settings(called) : called).pipe(
            Effect.provideService(FetchHttpClient.Fetch, fetch)
          )
          const guards = { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" }
          assert.deepInclude(fields(seen[0] ?? {}), { priority: "high", ...guards })
        })
    )
  })

  describe("layerConfig", () => {
    const tokenAndUrl = (env: Record<string, string>, options?: OtpsClient.ConfigOptions) =>
      Effect.gen(function* () {
        const requests: Array<HttpClientRequest.HttpClientRequest> = []
        const http = HttpClient.make((request) => {
          requests.push(request)
          return Effect.succeed(HttpClientResponse.fromWeb(request, noContent()))
        })
        const live = OtpsClient.layerConfig(options).pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, http)),
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
        )
        yield* Effect.flatMap(OtpsClient.OtpsClient, (client) => client.receiveCodes()).pipe(Effect.provide(live))
        return requests.map((request) => [request.headers["x-auth-token"], request.url])
      })

    it.effect("reads METAL_AUTH_TOKEN and METAL_API_URL", () =>
      Effect.gen(function* () {
        const got = yield* tokenAndUrl({ METAL_AUTH_TOKEN: token, METAL_API_URL: "https://api.example/v1/" })
        assert.deepStrictEqual(got, [[token, "https://api.example/v1/user/otp/sms/receive"]])
      })
    )

    it.effect("uses the URL of Equinix without METAL_API_URL", () =>
      Effect.gen(function* () {
        const got = yield* tokenAndUrl({ METAL_AUTH_TOKEN: token })
        assert.deepStrictEqual(got, [[token, "https://api.equinix.com/metal/v1/user/otp/sms/receive"]])
      })
    )

    it.effect("fails without METAL_AUTH_TOKEN, and names the variable", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(tokenAndUrl({}))
        assert.instanceOf(error, Error)
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.strictEqual(error.message, "authToken: METAL_AUTH_TOKEN is not set.")
      })
    )

    it.effect("refuses invalid values, and does not show them", () =>
      Effect.gen(function* () {
        for (const env of [
          { METAL_AUTH_TOKEN: "s3cret\n" },
          { METAL_AUTH_TOKEN: "s3cret", METAL_API_URL: "https://user:s3cret@api.example" }
        ]) {
          const exit = yield* Effect.exit(tokenAndUrl(env))
          assert.strictEqual((yield* Effect.flip(exit))._tag, "InvalidSetting")
          assert.notInclude(inspect(exit, { depth: Infinity, showHidden: true, customInspect: false }), "s3cret")
          assert.isTrue(Exit.isFailure(exit))
        }
      })
    )
  })
})
