/** Tests the replies of the API: they are the same in memory and over HTTP. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator, EmulatorHttpClient, EmulatorServer } from "@metal-otp/emulator"
import { Api } from "@metal-otp/schema"
import { Effect, Exit, Layer, Option, Redacted } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, type HttpClientResponse, type HttpMethod } from "effect/http"
import { OpenApi } from "effect/http-api"
import { recordSpans } from "../../../test/support/Spans.ts"

const alice = "alice-token"
/** The token of a user without a phone number and with two-factor authentication off. */
const bare = "bare-token"

const EmulatorLive = Emulator.layer({
  users: [
    { authToken: Redacted.make(alice) },
    { authToken: Redacted.make(bare), phoneNumber: null, twoFactor: false },
    { authToken: Redacted.make("locked-token") }
  ],
  wrongOtps: { lockFor: "1500 millis" }
})

const prefixed = (baseUrl: string) => HttpClient.mapRequest(HttpClientRequest.prependUrl(baseUrl))

const served = {
  "in memory": Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, prefixed("https://anywhere.example/metal/v1"))
  ).pipe(Layer.provide(EmulatorHttpClient.layer)),
  "over HTTP": Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      return prefixed(baseUrl)(yield* HttpClient.HttpClient)
    })
  ).pipe(Layer.provide([FetchHttpClient.layer, EmulatorServer.layer()]))
}

const exchange = Effect.fnUntraced(function* (
  method: HttpMethod.HttpMethod,
  path: string,
  headers: Record<string, string> = { "X-Auth-Token": alice }
) {
  const response = yield* HttpClient.execute(HttpClientRequest.make(method)(path, { headers }))
  const text = yield* response.text
  const body: unknown = text === "" ? undefined : JSON.parse(text)
  return { status: response.status, type: response.headers["content-type"], allow: response.headers["allow"], body }
})

/** The client, and a function that reads a reply with all its headers. */
const raw = Effect.map(HttpClient.HttpClient, (client) => ({
  client,
  read: Effect.fnUntraced(function* <E, R>(call: Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>) {
    const response = yield* call
    return { status: response.status, headers: { ...response.headers }, text: yield* response.text }
  })
}))

const refused = (status: number, body: unknown, allow?: string) => ({ status, type: "application/json", allow, body })

for (const where of ["in memory", "over HTTP"] as const) {
  layer(served[where].pipe(Layer.provideMerge(EmulatorLive)))(`the emulator ${where}`, (it) => {
    it.effect("answers the operations on codes", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const before = yield* emulator.counts

        const list = yield* exchange("GET", "/user/otp/recovery-codes")
        const codes = (yield* emulator.recoveryCodes(Redacted.make(alice))).map(Redacted.value)
        assert.deepStrictEqual(list, refused(200, { recovery_codes: codes }))

        const sms = yield* exchange("POST", "/user/otp/sms/receive")
        assert.deepStrictEqual(sms, { status: 204, type: undefined, allow: undefined, body: undefined })

        const otp = (yield* emulator.outbox).map((sms) => Redacted.value(sms.otp)).at(-1)
        const verified = yield* exchange("POST", `/user/otp/verify/${otp}`)
        assert.strictEqual(verified.status, 204)

        const fresh = yield* exchange("POST", "/user/otp/recovery-codes")
        assert.strictEqual(fresh.status, 200)
        assert.notDeepEqual(fresh.body, list.body)

        const after = yield* emulator.counts
        for (const operation of ["findRecoveryCodes", "receiveCodes", "findEnsureOtp", "regenerateCodes"] as const) {
          assert.strictEqual(after[operation] - before[operation], 1, operation)
        }
      })
    )

    it.effect("turns two-factor authentication on and off", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { authToken } = yield* emulator.addUser({ name: `enrolling ${where}`, twoFactor: false })
        const user = Effect.map(emulator.user(`enrolling ${where}`), Option.getOrThrow)
        const before = yield* emulator.counts
        const call = (method: "POST" | "DELETE", path: string, otp: Redacted.Redacted<string>) =>
          exchange(method, path, { "X-Auth-Token": Redacted.value(authToken), "x-otp-token": Redacted.value(otp) })
        const sms = Effect.andThen(
          exchange("POST", "/user/otp/sms/receive", { "X-Auth-Token": Redacted.value(authToken) }),
          Effect.map(emulator.outbox, (outbox) => outbox.at(-1)?.otp ?? assert.fail("no SMS"))
        )
        const none = (status: number) => ({ status, type: undefined, allow: undefined, body: undefined })

        const seed = yield* exchange("POST", "/user/otp/app/receive", { "X-Auth-Token": Redacted.value(authToken) })
        const waiting = (yield* user).seed ?? assert.fail("no seed")
        assert.deepStrictEqual(seed, refused(200, { otp_uri: Redacted.value(waiting.uri) }))
        assert.deepStrictEqual(yield* call("POST", "/user/otp/app", waiting.code), none(200))
        assert.deepStrictEqual(yield* call("POST", "/user/otp/sms", yield* sms), none(200))
        assert.deepStrictEqual((yield* user).twoFactor, { app: "on", sms: "on" })
        assert.deepStrictEqual(yield* call("DELETE", "/user/otp/app", yield* sms), none(204))
        assert.deepStrictEqual(yield* call("DELETE", "/user/otp/sms", yield* sms), none(204))
        assert.deepStrictEqual((yield* user).twoFactor, { app: "off", sms: "off" })

        const after = yield* emulator.counts
        for (const operation of [
          "seedApp",
          "enableTfaApp",
          "disableTfaApp",
          "enableTfaSms",
          "disableTfaSms"
        ] as const) {
          assert.strictEqual(after[operation] - before[operation], 1, operation)
        }
      })
    )

    it.effect.each([
      ["POST", "/user/otp/app"],
      ["DELETE", "/user/otp/app"],
      ["POST", "/user/otp/sms"],
      ["DELETE", "/user/otp/sms"]
    ] as const)("reads the OTP of %s %s from the header only", ([method, path]) =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { authToken, name } = yield* emulator.addUser({ twoFactor: { app: "on", sms: "on" } })
        const call = (headers: Record<string, string>) =>
          exchange(method, path, { "X-Auth-Token": Redacted.value(authToken), ...headers })
        const wrongOtps = Effect.map(emulator.user(name), (user) => Option.getOrThrow(user).wrongOtps)
        const missing = refused(401, { errors: ["No OTP: send only the code in the header x-otp-token"] })
        for (const headers of [
          {},
          { "x-otp-token": "" },
          { "x-otp-token": "1".repeat(101) },
          { "x-otp": "123456" },
          { authorization: "123456" }
        ]) {
          assert.deepStrictEqual(yield* call(headers), missing)
        }
        assert.strictEqual(yield* wrongOtps, 0)
        for (const otp of ["wrong", "123456, 123456", "1".repeat(100), "\u00e9"]) {
          assert.deepStrictEqual(yield* call({ "X-OTP-Token": otp }), refused(401, { errors: ["Invalid OTP"] }))
        }
        assert.strictEqual(yield* wrongOtps, 4)
        const logged = (yield* emulator.requests).filter(({ user }) => user === name)
        assert.strictEqual(logged.length, 9)
        assert.deepInclude(logged[8], { method, path: `/metal/v1${path}`, status: 401 })
        const values = logged.map(({ errors, path, rawPath }) => [path, Redacted.value(rawPath), errors.join()].join())
        assert.notInclude(values.join(), "1111")
      })
    )

    it.effect("answers 404 while two-factor authentication is off, and 429 after too many wrong OTPs", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const headers = { "X-Auth-Token": bare, "x-otp-token": "123456" }
        const off = (by: string) => refused(404, { errors: [`Two-factor authentication by ${by} is not enabled`] })
        assert.deepStrictEqual(yield* exchange("DELETE", "/user/otp/app", headers), off("app"))
        assert.deepStrictEqual(yield* exchange("DELETE", "/user/otp/sms", headers), off("SMS"))
        const { authToken } = yield* emulator.addUser({ twoFactor: false })
        const { client, read } = yield* raw
        const wrong = read(
          client.post("/user/otp/sms", {
            headers: { "X-Auth-Token": Redacted.value(authToken), "x-otp-token": "123456" }
          })
        )
        for (let n = 0; n < 10; n++) assert.strictEqual((yield* wrong).status, 401)
        const locked = yield* wrong
        assert.deepStrictEqual([locked.status, locked.text], [429, '{"errors":["Too many wrong OTPs"]}'])
        assert.strictEqual(locked.headers["retry-after"], "2")
      })
    )

    it.effect.each([
      ["GET", "/user/otp/recovery-codes"],
      ["POST", "/user/otp/recovery-codes"],
      ["POST", "/user/otp/sms/receive"],
      ["POST", "/user/otp/verify/123456"],
      ["POST", "/user/otp/app/receive"],
      ["POST", "/user/otp/app"],
      ["DELETE", "/user/otp/app"],
      ["POST", "/user/otp/sms"],
      ["DELETE", "/user/otp/sms"]
    ] as const)("answers 401 to %s %s without a known token", ([method, path]) =>
      Effect.gen(function* () {
        const expected = refused(401, { error: "Invalid authentication token" })
        assert.deepStrictEqual(yield* exchange(method, path, {}), expected)
        assert.deepStrictEqual(yield* exchange(method, path, { "X-Auth-Token": "stranger" }), expected)
        assert.deepStrictEqual(yield* exchange(method, path, { Authorization: `Bearer ${alice}` }), expected)
      })
    )

    it.effect("refuses with the texts of the API", () =>
      Effect.gen(function* () {
        const off = refused(404, { errors: ["Two-factor authentication is not enabled"] })
        const headers = { "X-Auth-Token": bare }
        assert.deepStrictEqual(yield* exchange("GET", "/user/otp/recovery-codes", headers), off)
        assert.deepStrictEqual(yield* exchange("POST", "/user/otp/recovery-codes", headers), off)
        assert.deepStrictEqual(
          yield* exchange("POST", "/user/otp/sms/receive", headers),
          refused(422, { errors: ["No phone number is known"] })
        )
        const wrong = refused(400, { errors: ["The OTP is not valid"] })
        for (const otp of [
          "000000x",
          "%20",
          "%00",
          "..%2F..",
          "%2e%2e%2f",
          "%2F".repeat(64),
          "%2F".repeat(65),
          "%ff",
          "%zz"
        ]) {
          assert.deepStrictEqual(yield* exchange("POST", `/user/otp/verify/${otp}`), wrong)
        }
      })
    )

    it.effect.each(["/", "/user", "/user/otp/verify", "/user/otp/verify/", "/user/otp/verify/1/2"])(
      "answers 404 to POST %s",
      (path) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* exchange("POST", path), refused(404, { errors: ["Not found"] }))
        })
    )

    it.effect.each([
      ["DELETE", "/user/otp/recovery-codes", "GET, HEAD, POST, OPTIONS"],
      ["GET", "/user/otp/sms/receive", "POST, OPTIONS"],
      ["PUT", "/user/otp/verify/123456", "POST, OPTIONS"],
      ["HEAD", "/user/otp/sms/receive", "POST, OPTIONS"],
      ["GET", "/user/otp/app", "POST, DELETE, OPTIONS"],
      ["PUT", "/user/otp/sms", "POST, DELETE, OPTIONS"],
      ["GET", "/user/otp/app/receive", "POST, OPTIONS"]
    ] as const)("answers 405 to %s %s, and lists the allowed methods", ([method, path, allow]) =>
      Effect.gen(function* () {
        const body = method === "HEAD" ? undefined : { errors: ["Method not allowed"] }
        assert.deepStrictEqual(yield* exchange(method, path), refused(405, body, allow))
      })
    )

    it.effect.each([
      ["GET", "/"],
      ["POST", "/user/otp/verify/%ff"],
      ["DELETE", "/user/otp/recovery-codes"],
      ["HEAD", "/user/otp/recovery-codes"]
    ] as const)("checks the token of %s %s before anything else", ([method, path]) =>
      Effect.gen(function* () {
        const { status } = yield* exchange(method, path, { "X-Auth-Token": "stranger" })
        assert.strictEqual(status, 401)
      })
    )

    it.effect("answers HEAD like GET, without the body", () =>
      Effect.gen(function* () {
        const { client, read } = yield* raw
        const get = yield* read(client.get("/user/otp/recovery-codes", { headers: { "X-Auth-Token": alice } }))
        const head = yield* read(client.head("/user/otp/recovery-codes", { headers: { "X-Auth-Token": alice } }))
        assert.strictEqual(head.text, "")
        assert.isAbove(get.text.length, 100)
        for (const name of ["content-type", "content-length"]) assert.strictEqual(head.headers[name], get.headers[name])
      })
    )

    it.effect.each([
      ["/user/otp/recovery-codes", "GET, HEAD, POST, OPTIONS"],
      ["/user/otp/sms/receive", "POST, OPTIONS"],
      ["/user/otp/verify/123456", "POST, OPTIONS"],
      ["/user/otp/app/receive", "POST, OPTIONS"],
      ["/user/otp/app", "POST, DELETE, OPTIONS"],
      ["/user/otp/sms", "POST, DELETE, OPTIONS"]
    ] as const)("answers OPTIONS of %s without a token", ([path, allow]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* exchange("OPTIONS", path, {}), {
          status: 204,
          type: undefined,
          allow,
          body: undefined
        })
        assert.strictEqual((yield* exchange("OPTIONS", "/user", {})).status, 404)
      })
    )

    it.effect.each([
      "http://localhost",
      "http://localhost:5173",
      "https://localhost:8443",
      "http://my-app.tenant-1.localhost:5173",
      "http://127.0.0.1:3000",
      "http://[::1]:3000"
    ])("lets pages of %s use the API", (origin) =>
      Effect.gen(function* () {
        const { client, read } = yield* raw
        const preflight = yield* read(
          client.options("/user/otp/recovery-codes", {
            headers: {
              origin,
              "access-control-request-method": "POST",
              "access-control-request-headers": "x-auth-token,traceparent",
              "access-control-request-private-network": "true"
            }
          })
        )
        assert.strictEqual(preflight.status, 204)
        assert.deepInclude(preflight.headers, {
          "access-control-allow-origin": origin,
          "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
          "access-control-allow-headers": "x-auth-token,traceparent",
          "access-control-allow-private-network": "true",
          connection: "close",
          vary: "Origin"
        })
        for (const token of [alice, "stranger"]) {
          const { headers } = yield* read(
            client.post("/user/otp/verify/wrong", { headers: { origin, "X-Auth-Token": token } })
          )
          assert.deepInclude(headers, {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "Retry-After",
            connection: "close",
            vary: "Origin"
          })
        }
      })
    )

    it.effect("answers a preflight request without headers with the allowed headers and methods", () =>
      Effect.gen(function* () {
        const { client, read } = yield* raw
        const preflight = yield* read(
          client.options("/user/otp/app", {
            headers: { origin: "http://localhost:5173", "access-control-request-method": "DELETE" }
          })
        )
        assert.deepInclude(preflight.headers, {
          "access-control-allow-methods": "POST, DELETE, OPTIONS",
          "access-control-allow-headers": "X-Auth-Token, x-otp-token, Content-Type"
        })
      })
    )

    it.effect.each([
      "https://evil.example",
      "http://localhost.evil.example",
      "http://evil.example/localhost",
      "http://localhost:1@evil.example",
      "http://notlocalhost",
      "http://evil.example/.localhost",
      "http://.localhost",
      "chrome-http://localhost",
      "null"
    ])("does not let pages of %s read replies", (origin) =>
      Effect.gen(function* () {
        const { client, read } = yield* raw
        const headers = { origin, "X-Auth-Token": alice }
        for (const reply of [
          yield* read(
            client.options("/user/otp/sms/receive", { headers: { origin, "access-control-request-method": "POST" } })
          ),
          yield* read(client.get("/user/otp/recovery-codes", { headers }))
        ]) {
          assert.deepStrictEqual(
            Object.keys(reply.headers).filter((name) => name.startsWith("access-control-")),
            []
          )
          assert.strictEqual(reply.headers["vary"], "Origin")
        }
      })
    )

    it.effect("answers 429 after too many wrong OTPs, with Retry-After in whole seconds", () =>
      Effect.gen(function* () {
        const { client, read } = yield* raw
        const wrong = read(client.post("/user/otp/verify/wrong", { headers: { "X-Auth-Token": "locked-token" } }))
        for (let n = 0; n < 10; n++) assert.strictEqual((yield* wrong).status, 400)
        const { headers, status, text } = yield* wrong
        assert.deepStrictEqual([status, headers["retry-after"], text], [429, "2", '{"errors":["Too many wrong OTPs"]}'])
      })
    )
  })
}

describe("EmulatorServer", () => {
  it.effect(
    "serves the reference and the OpenAPI document without a token, and without resources of other origins",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const get = (path: string) =>
          Effect.flatMap(HttpClient.get(new URL(path, baseUrl)), (response) =>
            Effect.map(response.text, (text) => ({ headers: response.headers, status: response.status, text }))
          )
        const page = yield* get("/docs")
        assert.strictEqual(page.status, 200)
        assert.match(page.headers["content-type"] ?? "", /^text\/html/)
        assert.match(
          page.headers["content-security-policy"] ?? "",
          /^default-src 'none'; .+ connect-src 'self'; .+; frame-ancestors 'none'$/
        )
        assert.notMatch(page.text, /<(?:script|link|img)[^>]+(?:src|href)=/)

        const text = yield* get("/openapi.json")
        const document: unknown = JSON.parse(text.text)
        assert.deepStrictEqual(document, {
          ...OpenApi.fromApi(Api.MetalOtp),
          servers: [{ url: "/metal/v1" }]
        })
      }).pipe(Effect.provide([EmulatorServer.layer().pipe(Layer.provide(EmulatorLive)), FetchHttpClient.layer]))
  )

  it.effect("listens on the given host, and fails for an invalid port or host", () =>
    Effect.gen(function* () {
      const start = (options: EmulatorServer.Options) =>
        Effect.map(
          Effect.provide(
            EmulatorServer.EmulatorServer,
            EmulatorServer.layer(options).pipe(Layer.provide(EmulatorLive), Layer.fresh)
          ),
          ({ baseUrl }) => baseUrl
        )
      assert.match(yield* start({ host: "0.0.0.0" }), /^http:\/\/127\.0\.0\.1:[1-9]\d*\/metal\/v1$/)
      // Not every machine has IPv6.
      const v6 = yield* Effect.catchTag(start({ host: "::" }), "ServeError", () => Effect.succeed(undefined))
      if (v6 !== undefined) assert.match(v6, /^http:\/\/\[::1\]:[1-9]\d*\/metal\/v1$/)
      assert.match(yield* start({ host: "127.0.0.2" }), /^http:\/\/127\.0\.0\.2:[1-9]\d*\/metal\/v1$/)
      for (const port of [-1, 65_536, 1.5, Number.NaN]) {
        const error = yield* Effect.flip(start({ port }))
        assert.strictEqual(error.message, "port: it is not a whole number from 0 to 65535.")
      }
      assert.strictEqual((yield* Effect.flip(start({ host: "256.256.256.256" })))._tag, "ServeError")
    })
  )

  it.effect("listens on loopback and a free port by default", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:[1-9]\d*\/metal\/v1$/)
      // A server on all addresses would answer here.
      const elsewhere = Effect.tryPromise(() => fetch(baseUrl.replace("127.0.0.1", "127.0.0.2")))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(elsewhere)))
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provide(EmulatorLive))))
  )

  it.effect("fails with ServeError if the port is in use", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const port = Number(new URL(baseUrl).port)
      const again = EmulatorServer.layer({ port }).pipe(Layer.provide(EmulatorLive), Layer.fresh)
      const exit = yield* Effect.exit(Effect.scoped(Layer.build(again)))
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual((yield* Effect.flip(exit))._tag, "ServeError")
    }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provide(EmulatorLive))))
  )

  it.effect("closes with its scope, and can listen on the same port again", () =>
    Effect.gen(function* () {
      const start = (port: number) =>
        Effect.scoped(
          Effect.map(
            Effect.provide(
              EmulatorServer.EmulatorServer,
              EmulatorServer.layer({ port }).pipe(Layer.provide(EmulatorLive), Layer.fresh)
            ),
            ({ baseUrl }) => Number(new URL(baseUrl).port)
          )
        )
      const port = yield* start(0)
      assert.strictEqual(yield* start(port), port)
    })
  )

  it.effect("records no span, in memory or over HTTP", () =>
    Effect.gen(function* () {
      const { spans, traced } = recordSpans()
      for (const where of ["in memory", "over HTTP"] as const) {
        yield* exchange("POST", "/user/otp/verify/s3cret").pipe(
          Effect.provide(served[where].pipe(Layer.provideMerge(EmulatorLive))),
          Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
          traced
        )
      }
      assert.deepStrictEqual(
        spans.map((span) => span.name),
        []
      )
    })
  )
})
