/**
 * Tests the server with requests of other clients: with the bytes that they send, and with a client that is made from the
 * served OpenAPI document, and checks each reply against it.
 */
import { assert, layer } from "@effect/vitest"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { ErrorBody, OtpSeed, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, JsonSchema, Option, Record, Redacted, Schema, SchemaRepresentation } from "effect"
import { connect, type Socket } from "node:net"
import * as OTPAuth from "otpauth"
import { port, ServerLive, token } from "./support/OtherClients.ts"

/** Opens a connection. Calls `write` when it is open and after each reply. Returns all replies when the server closes it. */
const connectAndWrite = (write: (socket: Socket, replies: number) => void) =>
  Effect.flatMap(port, (port) =>
    Effect.callback<string>((resume) => {
      let received = ""
      const socket = connect({ port, host: "127.0.0.1" }, () => write(socket, 0))
      socket.setEncoding("latin1")
      socket.on("data", (text) => {
        received += String(text)
        write(socket, received.split("HTTP/1.1 ").length - 1)
      })
      socket.on("close", () => resume(Effect.succeed(received)))
      socket.on("error", (error: NodeJS.ErrnoException) => (received += `[${error.code}]`))
      return Effect.sync(() => socket.destroy())
    })
  )

/** Sends all parts at once. */
const sendTogether = (...parts: ReadonlyArray<string | Uint8Array>) =>
  connectAndWrite((socket, replies) => replies === 0 && parts.forEach((part) => socket.write(part)))

/** Sends each part after the reply to the one before. */
const sendInTurn = (...parts: ReadonlyArray<string>) => {
  const left = [...parts]
  return connectAndWrite(
    (socket, replies) => replies === parts.length - left.length && socket.write(left.shift() ?? "")
  )
}

const head = (line: string, ...headers: ReadonlyArray<string>) =>
  [line, "Host: 127.0.0.1", "Connection: close", `X-Auth-Token: ${token}`, ...headers, "", ""].join("\r\n")

/** The head of a request that keeps the connection open. */
const keepAliveHead = (line: string, ...headers: ReadonlyArray<string>) =>
  head(line, ...headers).replace("Connection: close\r\n", "")

const sms = "POST /metal/v1/user/otp/sms/receive HTTP/1.1"

const noContent = /^HTTP\/1\.1 204 No Content\r\n(?!.*(?:content-length|transfer-encoding|content-type))[^]*\r\n\r\n$/is

layer(ServerLive)("bytes", (it) => {
  it.effect.each([
    ["without Content-Length", [head(sms)]],
    [
      "with Content-Length: 0",
      [head(sms, "Content-Length: 0", "Accept-Encoding: gzip", "User-Agent: Go-http-client/1.1")]
    ],
    ["with an empty chunked body", [head(sms, "Transfer-Encoding: chunked"), "0\r\n\r\n"]],
    ["with a chunked body", [head(sms, "Transfer-Encoding: chunked"), "5\r\nhello\r\n0\r\n\r\n"]],
    ["with a body", [head(sms, "Content-Type: application/json", "Content-Length: 2"), "{}"]],
    ["with a form", [head(sms, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 7"), "otp=123"]],
    ["with the header in lower case", [head(sms).replace("X-Auth-Token", "x-auth-token")]],
    ["to an absolute URL", [head(sms.replace("/metal", "http://api.equinix.com/metal"))]],
    ["for another host", [head(sms).replace("127.0.0.1", "api.equinix.com")]]
  ] as const)("an empty POST %s is a 204 without a body", ([, parts]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).receiveCodes
      assert.match(yield* sendTogether(...parts), noContent)
      assert.strictEqual((yield* emulator.counts).receiveCodes, before + 1)
    })
  )

  it.effect("a request of HTTP/1.0 is answered", () =>
    Effect.gen(function* () {
      assert.match(yield* sendTogether(head(sms.replace("1.1", "1.0"))), /^HTTP\/1\.1 204 /)
    })
  )

  it.effect("two pipelined requests are answered in their order", () =>
    Effect.gen(function* () {
      const list = keepAliveHead("GET /metal/v1/user/otp/recovery-codes HTTP/1.1")
      assert.match(yield* sendTogether(list + head(sms)), /^HTTP\/1\.1 200 [^]+recovery_codes[^]+HTTP\/1\.1 204 /)
    })
  )

  it.effect("the connection of Java's client works after its offer of HTTP/2", () =>
    Effect.gen(function* () {
      const offer = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
      const list = keepAliveHead("GET /metal/v1/user/otp/recovery-codes HTTP/1.1", ...offer)
      assert.match(yield* sendInTurn(list, head(sms)), /^HTTP\/1\.1 200 [^]+recovery_codes[^]+HTTP\/1\.1 204 /)
    })
  )

  const page = "Origin: http://localhost:5173"

  it.effect.each([
    ["a preflight request", sms.replace("POST", "OPTIONS"), [page, "Access-Control-Request-Method: POST"]],
    ["an operation", sms, [page]],
    ["a page that may not read it", sms, ["Origin: https://evil.example"]],
    ["a refused operation", sms, [page, "X-Auth-Token: bare-token"]],
    ["an unknown path of the API", sms.replace("/sms/receive", ""), [page]],
    ["a page of the emulator", "GET /docs HTTP/1.1", ["Sec-Fetch-Site: none"]],
    [
      "a request of a page of the emulator",
      "GET /metal/v1/user/otp/recovery-codes HTTP/1.1",
      ["Sec-Fetch-Site: same-origin"]
    ],
    ["a path that does not exist", "GET /favicon.ico HTTP/1.1", ["Sec-Fetch-Site: same-origin"]]
  ] as const)("a browser's connection is closed after the reply to %s", ([, line, headers]) =>
    Effect.gen(function* () {
      assert.match(
        yield* sendTogether(keepAliveHead(line, ...headers)),
        /^HTTP\/1\.1 \d+ [^]+\r\nconnection: close\r\n/i
      )
    })
  )

  it.effect("an operation with a body of 16 MiB is carried out once", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).receiveCodes
      const reply = yield* sendTogether(head(sms, `Content-Length: ${2 ** 24}`), new Uint8Array(2 ** 24))
      assert.match(reply, /^HTTP\/1\.1 204 /)
      assert.strictEqual((yield* emulator.counts).receiveCodes, before + 1)
    })
  )

  it.effect("another method of HTTP is a 405, and an unknown one a 400", () =>
    Effect.gen(function* () {
      assert.match(
        yield* sendTogether(head(sms.replace("POST", "PROPFIND"))),
        /^HTTP\/1\.1 405 [^]+allow: POST, OPTIONS/i
      )
      assert.match(yield* sendTogether(head(sms.replace("POST", "NONSENSE"))), /^HTTP\/1\.1 400 /)
    })
  )

  it.effect("packngo's requests, as Go's HTTP client writes them, work", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { authToken, name } = yield* emulator.addUser({ twoFactor: false })
      const user = Effect.map(emulator.user(name), Option.getOrThrow)
      const go = (line: string, ...headers: ReadonlyArray<string>) =>
        sendTogether(
          [
            `${line} HTTP/1.1`,
            "Host: 127.0.0.1",
            "User-Agent: packngo/0.1.0",
            "Connection: close",
            ...headers,
            "Accept: application/json",
            "Content-Type: application/json",
            `X-Auth-Token: ${Redacted.value(authToken)}`,
            "X-Consumer-Token: packngo lib",
            "Accept-Encoding: gzip",
            "",
            ""
          ].join("\r\n")
        )
      // Go sends Content-Length: 0 with a POST, and not with a DELETE.
      const post = (path: string, ...headers: ReadonlyArray<string>) =>
        go(`POST /metal/v1${path}`, "Content-Length: 0", ...headers)
      const otp = (code: Redacted.Redacted<string> | undefined) =>
        `X-Otp-Token: ${Redacted.value(code ?? assert.fail("no code"))}`
      const sms = Effect.andThen(
        post("/user/otp/sms/receive"),
        Effect.map(emulator.outbox, (outbox) => outbox.at(-1)?.otp)
      )
      const ok = /^HTTP\/1\.1 200 OK\r\n(?=[^]*content-length: 0\r\n)(?![^]*content-type)[^]*\r\n\r\n$/i

      assert.match(
        yield* post("/user/otp/app/receive"),
        /^HTTP\/1\.1 200 OK\r\n[^]*content-type: application\/json\r\n[^]*\r\n\r\n\{"otp_uri":"otpauth:\/\/totp\/[^"]+"\}$/i
      )
      assert.match(yield* post("/user/otp/app", otp((yield* user).seed?.code)), ok)
      assert.match(yield* post("/user/otp/sms", otp(yield* sms)), ok)
      assert.deepStrictEqual((yield* user).twoFactor, { app: "on", sms: "on" })
      assert.match(yield* go("DELETE /metal/v1/user/otp/app", otp(yield* sms)), noContent)
      assert.match(yield* go("DELETE /metal/v1/user/otp/sms", otp(yield* sms)), noContent)
      assert.deepStrictEqual((yield* user).twoFactor, { app: "off", sms: "off" })
      assert.match(yield* go("DELETE /metal/v1/user/otp/sms", "X-Otp-Token: 1"), /^HTTP\/1\.1 404 /)
      assert.match(yield* post("/user/otp/app"), /^HTTP\/1\.1 401 [^]+"errors":\["No OTP: /)
    })
  )

  it.effect("a request with two tokens is refused", () =>
    Effect.gen(function* () {
      assert.match(yield* sendTogether(head(sms, "X-Auth-Token: bare-token")), /^HTTP\/1\.1 401 /)
    })
  )
})

/** The parts of `/openapi.json` that the client uses. */
const OpenApiDocument = Schema.fromJsonString(
  Schema.Struct({
    servers: Schema.NonEmptyArray(Schema.Struct({ url: Schema.String })),
    paths: Schema.Record(
      Schema.String,
      Schema.Record(
        Schema.String,
        Schema.Struct({
          operationId: Schema.String,
          parameters: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              in: Schema.Literals(["path", "header"]),
              required: Schema.Boolean
            })
          ),
          requestBody: Schema.optionalKey(Schema.Unknown),
          responses: Schema.Record(
            Schema.String,
            Schema.Struct({
              content: Schema.optionalKey(
                Schema.Record(Schema.String, Schema.Struct({ schema: Schema.Record(Schema.String, Schema.Unknown) }))
              )
            })
          )
        })
      )
    ),
    components: Schema.Struct({
      schemas: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)),
      securitySchemes: Schema.Struct({
        x_auth_token: Schema.Struct({
          type: Schema.Literal("apiKey"),
          in: Schema.Literal("header"),
          name: Schema.String
        })
      })
    })
  })
)

const fetchDocument = Effect.fnUntraced(function* (origin: string) {
  const reply = yield* Effect.promise(() => fetch(`${origin}/openapi.json`))
  return yield* Schema.decodeUnknownEffect(OpenApiDocument)(yield* Effect.promise(() => reply.text()))
})

/** An operation of the document. */
const documented = Effect.fnUntraced(function* (operationId: string) {
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const { origin } = new URL(baseUrl)
  const { components, paths, servers } = yield* fetchDocument(origin)
  const [found] = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.operationId === operationId ? [{ path, method, operation }] : []
    )
  )
  if (found === undefined) return assert.fail(`${operationId} is not in the document`)
  return { ...found, components, url: origin + servers[0].url }
})

/** Calls an operation. Returns the status and the body if the document describes exactly this reply. */
const call = Effect.fnUntraced(function* (operationId: string, token: string | null, otp = "") {
  const { components, method, operation, path, url } = yield* documented(operationId)
  const inHeader = operation.parameters.filter((parameter) => parameter.in === "header")
  const reply = yield* Effect.promise(() =>
    fetch(url + path.replace("{otp}", otp), {
      method: method.toUpperCase(),
      headers: {
        ...(token !== null && { [components.securitySchemes.x_auth_token.name]: token }),
        ...Object.fromEntries(inHeader.map(({ name }) => [name, otp]))
      }
    })
  )
  const response = operation.responses[reply.status]
  if (response === undefined) return assert.fail(`${reply.status} is not documented`)
  const text = yield* Effect.promise(() => reply.text())
  const [content] = Object.entries(response.content ?? {})
  if (content === undefined) {
    assert.deepStrictEqual([reply.headers.get("content-type"), text], [null, ""])
    return [reply.status, null] as const
  }
  const [contentType, { schema }] = content
  assert.strictEqual(reply.headers.get("content-type"), contentType)
  // Undocumented fields are errors.
  const $defs = Record.map(components.schemas, (schema) => ({ ...schema, additionalProperties: false }))
  const documents = SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaOpenApi3_1({ ...schema, $defs }))
  const body: unknown = JSON.parse(text)
  const read = documents.makeOption(body, { parseOptions: { onExcessProperty: "error" } })
  assert.isTrue(Option.isSome(read), `${text} is not what the document describes`)
  return [reply.status, body] as const
})

layer(ServerLive)("a client made from the OpenAPI document", (it) => {
  const isList = Schema.is(RecoveryCodeList.Wire)
  const isSeed = Schema.is(OtpSeed.Wire)
  const readError = Schema.decodeUnknownEffect(ErrorBody.ErrorBody)

  it.effect.each([
    [200, "findRecoveryCodes", token],
    [404, "findRecoveryCodes", "bare-token"],
    [401, "findRecoveryCodes", null],
    [200, "regenerateCodes", token],
    [404, "regenerateCodes", "bare-token"],
    [401, "regenerateCodes", "stranger"],
    [204, "receiveCodes", token],
    [422, "receiveCodes", "bare-token"],
    [401, "receiveCodes", null],
    [400, "findEnsureOtp", token, "wrong"],
    [400, "findEnsureOtp", token, "%ff"],
    [401, "findEnsureOtp", null, "wrong"],
    [200, "seedApp", token],
    [200, "seedApp", "bare-token"],
    [401, "seedApp", null],
    [401, "enableTfaApp", token, "wrong"],
    [401, "enableTfaApp", token, ""],
    [401, "enableTfaApp", null, "wrong"],
    [401, "disableTfaApp", token, "wrong"],
    [404, "disableTfaApp", "bare-token", "wrong"],
    [401, "enableTfaSms", token, "wrong"],
    [404, "disableTfaSms", token, "wrong"],
    [401, "disableTfaSms", null, "wrong"]
  ] as const)("understands the reply %d to %s", ([expected, operationId, token, otp]) =>
    Effect.gen(function* () {
      const [status, body] = yield* call(operationId, token, otp)
      assert.strictEqual(status, expected)
      if (status === 200) {
        assert.isTrue(
          operationId === "seedApp"
            ? isSeed(body) && body.otp_uri?.startsWith("otpauth://totp/")
            : isList(body) && body.recovery_codes?.length === 10
        )
      }
      if (status < 400) return
      const { error, errors } = yield* readError(body)
      assert.strictEqual((error === undefined ? 0 : 1) + (errors === undefined ? 0 : 1), 1, "either error or errors")
    })
  )

  it.effect("turns two-factor authentication on and off", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { authToken, name } = yield* emulator.addUser({ twoFactor: false })
      const token = Redacted.value(authToken)
      const sms = Effect.andThen(
        call("receiveCodes", token),
        Effect.map(emulator.outbox, (outbox) => Redacted.value(outbox.at(-1)?.otp ?? assert.fail("no SMS")))
      )
      const [, seed] = yield* call("seedApp", token)
      const key = OTPAuth.URI.parse((isSeed(seed) ? seed.otp_uri : undefined) ?? assert.fail("no seed"))
      const code = key instanceof OTPAuth.TOTP ? key.generate({ timestamp: yield* emulator.clock.now }) : ""
      const twoFactor = Effect.map(emulator.user(name), (user) => Option.getOrThrow(user).twoFactor)
      assert.deepStrictEqual(yield* call("enableTfaApp", token, code), [200, null])
      assert.deepStrictEqual(yield* call("enableTfaSms", token, yield* sms), [200, null])
      assert.deepStrictEqual(yield* twoFactor, { app: "on", sms: "on" })
      assert.deepStrictEqual(yield* call("disableTfaApp", token, yield* sms), [204, null])
      const used = yield* sms
      assert.deepStrictEqual(yield* call("disableTfaSms", token, used), [204, null])
      assert.deepStrictEqual(yield* twoFactor, { app: "off", sms: "off" })
      assert.deepStrictEqual(yield* call("enableTfaSms", token, used), [401, { errors: ["Invalid OTP"] }])
    })
  )

  // From packngo's two_factor_auth.go, whose requests have no body.
  it.effect.each([
    ["SeedApp", "seedApp", "post", "/user/otp/app/receive", [], "200"],
    ["ReceiveSms", "receiveCodes", "post", "/user/otp/sms/receive", [], "204"],
    ["EnableApp", "enableTfaApp", "post", "/user/otp/app", ["x-otp-token"], "200"],
    ["DisableApp", "disableTfaApp", "delete", "/user/otp/app", ["x-otp-token"], "204"],
    ["EnableSms", "enableTfaSms", "post", "/user/otp/sms", ["x-otp-token"], "200"],
    ["DisableSms", "disableTfaSms", "delete", "/user/otp/sms", ["x-otp-token"], "204"]
  ] as const)("has packngo's %s as %s", ([, operationId, method, path, headers, success]) =>
    Effect.gen(function* () {
      const found = yield* documented(operationId)
      assert.deepStrictEqual([found.method, found.path], [method, path])
      assert.isFalse("requestBody" in found.operation)
      assert.deepStrictEqual(
        found.operation.parameters,
        headers.map((name) => ({ name, in: "header", required: true }))
      )
      const statuses = Object.keys(found.operation.responses)
      assert.deepStrictEqual(
        statuses.filter((status) => status.startsWith("2")),
        [success]
      )
      assert.notInclude(statuses, "424", "the API's text does not document it")
      const hasBody = found.operation.responses[success]?.content !== undefined
      assert.strictEqual(hasBody, operationId === "seedApp")
    })
  )

  it.effect("verifies a code once", () =>
    Effect.gen(function* () {
      const [, list] = yield* call("regenerateCodes", token)
      const code = isList(list) ? list.recovery_codes?.at(0) : undefined
      assert.deepStrictEqual(yield* call("findEnsureOtp", token, code), [204, null])
      assert.deepStrictEqual(yield* call("findEnsureOtp", token, code), [400, { errors: ["The OTP is not valid"] }])
    })
  )
})
