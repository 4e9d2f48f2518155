/**
 * Clients that are not ours: curl, Python's http.client, and bytes as other
 * stacks write them. And every reply held against the contract's OpenAPI text.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Api, ErrorBody, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Layer, Redacted, Schema, Stream } from "effect"
import { OpenApi } from "effect/http-api"
import { ChildProcess } from "effect/process"
import { spawnSync } from "node:child_process"
import { connect } from "node:net"

const token = "alice-token"

const ServerLive = EmulatorServer.layer().pipe(
  Layer.provideMerge(
    Emulator.layer({
      users: [
        { authToken: Redacted.make(token) },
        { authToken: Redacted.make("bare-token"), phoneNumber: null, twoFactor: false }
      ],
      wrongOtps: { max: 1000 }
    })
  ),
  Layer.merge(NodeServices.layer)
)

const port = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => Number(new URL(baseUrl).port))

/** Sends these bytes on a connection of their own, and reads until the server closes it. */
const talk = (...parts: ReadonlyArray<string | Uint8Array>) =>
  Effect.flatMap(port, (port) =>
    Effect.callback<string>((resume) => {
      let received = ""
      const socket = connect({ port, host: "127.0.0.1" }, () => parts.forEach((part) => socket.write(part)))
      socket.setEncoding("latin1")
      socket.on("data", (text) => (received += String(text)))
      socket.on("close", () => resume(Effect.succeed(received)))
      socket.on("error", (error: NodeJS.ErrnoException) => (received += `[${error.code}]`))
      return Effect.sync(() => socket.destroy())
    })
  )

const head = (line: string, ...headers: ReadonlyArray<string>) =>
  [line, "Host: 127.0.0.1", "Connection: close", `X-Auth-Token: ${token}`, ...headers, "", ""].join("\r\n")

/** The head of a request that leaves it to the server whether the connection stays. */
const open = (line: string, ...headers: ReadonlyArray<string>) =>
  head(line, ...headers).replace("Connection: close\r\n", "")

const sms = "POST /metal/v1/user/otp/sms/receive HTTP/1.1"

const output = Effect.fnUntraced(function* (command: string, args: ReadonlyArray<string>) {
  const process = yield* ChildProcess.make(command, [...args])
  return yield* process.stdout.pipe(Stream.decodeText, Stream.mkString)
}, Effect.scoped)

const has = (command: string) => spawnSync(command, ["--version"]).status === 0

const noContent = /^HTTP\/1\.1 204 No Content\r\n(?!.*(?:content-length|transfer-encoding|content-type))[^]*\r\n\r\n$/is

layer(ServerLive)("bytes", (it) => {
  it.effect.each([
    ["without Content-Length", [head(sms)]],
    [
      "with Content-Length: 0",
      [head(sms, "Content-Length: 0", "Accept-Encoding: gzip", "User-Agent: Go-http-client/1.1")]
    ],
    ["in no chunks", [head(sms, "Transfer-Encoding: chunked"), "0\r\n\r\n"]],
    ["in chunks", [head(sms, "Transfer-Encoding: chunked"), "5\r\nhello\r\n0\r\n\r\n"]],
    ["with a body", [head(sms, "Content-Type: application/json", "Content-Length: 2"), "{}"]],
    ["with a form", [head(sms, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 7"), "otp=123"]],
    ["with the header in lower case", [head(sms).replace("X-Auth-Token", "x-auth-token")]],
    ["to an absolute URL", [head(sms.replace("/metal", "http://api.equinix.com/metal"))]],
    ["for another host", [head(sms).replace("127.0.0.1", "api.equinix.com")]]
  ] as const)("an empty POST %s is a 204 without a body", ([, parts]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).receiveCodes
      assert.match(yield* talk(...parts), noContent)
      assert.strictEqual((yield* emulator.counts).receiveCodes, before + 1)
    })
  )

  it.effect("HTTP/1.0 is answered too", () =>
    Effect.gen(function* () {
      assert.match(yield* talk(head(sms.replace("1.1", "1.0"))), /^HTTP\/1\.1 204 /)
    })
  )

  it.effect("two requests at once on one connection are answered in their order", () =>
    Effect.gen(function* () {
      const list = open("GET /metal/v1/user/otp/recovery-codes HTTP/1.1")
      assert.match(yield* talk(list + head(sms)), /^HTTP\/1\.1 200 [^]+recovery_codes[^]+HTTP\/1\.1 204 /)
    })
  )

  const page = "Origin: http://localhost:5173"

  it.effect.each([
    ["a preflight", sms.replace("POST", "OPTIONS"), [page, "Access-Control-Request-Method: POST"]],
    ["an operation", sms, [page]],
    ["what no page may read", sms, ["Origin: https://evil.example"]],
    ["what is refused", sms, [page, "X-Auth-Token: bare-token"]],
    ["no operation", sms.replace("/sms/receive", ""), [page]],
    ["its own page", "GET /docs HTTP/1.1", ["Sec-Fetch-Site: none"]],
    ["what its own page reads", "GET /metal/v1/user/otp/recovery-codes HTTP/1.1", ["Sec-Fetch-Site: same-origin"]],
    ["nothing", "GET /favicon.ico HTTP/1.1", ["Sec-Fetch-Site: same-origin"]]
  ] as const)("a page's connection ends with the reply to %s", ([, line, headers]) =>
    Effect.gen(function* () {
      assert.match(yield* talk(open(line, ...headers)), /^HTTP\/1\.1 \d+ [^]+\r\nconnection: close\r\n/i)
    })
  )

  it.effect("a body of 16 MiB is no reason to carry the operation out twice, or not at all", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = (yield* emulator.counts).receiveCodes
      const reply = yield* talk(head(sms, `Content-Length: ${2 ** 24}`), new Uint8Array(2 ** 24))
      assert.match(reply, /^HTTP\/1\.1 204 /)
      assert.strictEqual((yield* emulator.counts).receiveCodes, before + 1)
    })
  )

  it.effect("a method that HTTP knows and the API does not is a 405, one that nobody knows a 400", () =>
    Effect.gen(function* () {
      assert.match(yield* talk(head(sms.replace("POST", "PROPFIND"))), /^HTTP\/1\.1 405 [^]+allow: POST, OPTIONS/i)
      assert.match(yield* talk(head(sms.replace("POST", "NONSENSE"))), /^HTTP\/1\.1 400 /)
    })
  )

  it.effect("two tokens are none", () =>
    Effect.gen(function* () {
      assert.match(yield* talk(head(sms, "X-Auth-Token: bare-token")), /^HTTP\/1\.1 401 /)
    })
  )
})

describe.skipIf(!has("curl"))("curl", () => {
  layer(ServerLive)((it) => {
    const curl = (path: string, ...args: ReadonlyArray<string>) =>
      Effect.flatMap(EmulatorServer.EmulatorServer, ({ baseUrl }) =>
        output("curl", [
          "-sS",
          "-w",
          " %{http_code} %{content_type}",
          "-H",
          `X-Auth-Token: ${token}`,
          ...args,
          baseUrl + path
        ])
      )

    it.effect.each([
      [["-X", "POST"]],
      [["-X", "POST", "-H", "Content-Length:"]],
      [["-d", ""]],
      [["-d", "{}", "-H", "Content-Type: application/json"]],
      [["-d", "{}", "-H", "Expect: 100-continue"]],
      [["-X", "POST", "--http1.0"]],
      [["-X", "POST", "--compressed", "-L", "--fail-with-body"]]
    ] as const)("gets its 204 with %j", ([args]) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* curl("/user/otp/sms/receive", ...args), " 204 ")
      })
    )

    it.effect("reads codes, verifies one and is refused the second time", () =>
      Effect.gen(function* () {
        const list = yield* curl("/user/otp/recovery-codes")
        assert.match(list, /^\{"recovery_codes":\["[^\]]+"\]\} 200 application\/json$/)
        const code = /"([a-z2-9]{10})"/.exec(list)?.[1] ?? ""
        assert.strictEqual(yield* curl(`/user/otp/verify/${code}`, "-X", "POST"), " 204 ")
        assert.strictEqual(
          yield* curl(`/user/otp/verify/${code}`, "-X", "POST"),
          '{"errors":["The OTP is not valid"]} 400 application/json'
        )
        assert.match(yield* curl("/user/otp/recovery-codes", "-I"), /^HTTP\/1\.1 200 OK[^]+ 200 application\/json$/)
      })
    )
  })
})

/** As a generated Python client calls: urllib3 is http.client underneath. */
const python = `
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
headers = {"Accept": "application/json", "Content-Type": "application/json",
           "User-Agent": "OpenAPI-Generator/1.0.0/python", "X-Auth-Token": "${token}"}
def call(method, path, body=None):
    connection.request(method, "/metal/v1" + path, body=body, headers=headers)
    reply = connection.getresponse()
    text = reply.read()
    return reply.status, json.loads(text) if text else None, reply.getheader("Content-Type")
_, codes, _ = call("GET", "/user/otp/recovery-codes")
code = codes["recovery_codes"][0]
print(json.dumps([
    len(codes["recovery_codes"]),
    call("POST", "/user/otp/verify/" + code),
    call("POST", "/user/otp/verify/" + code),
    call("POST", "/user/otp/sms/receive", body="null"),
    call("POST", "/user/otp/recovery-codes")[0]
]))
`

describe.skipIf(!has("python3"))("Python", () => {
  layer(ServerLive)((it) => {
    it.effect("runs through the operations on one connection", () =>
      Effect.gen(function* () {
        const text = yield* output("python3", ["-c", python, String(yield* port)])
        const replies: unknown = JSON.parse(text)
        assert.deepStrictEqual(replies, [
          10,
          [204, null, null],
          [400, { errors: ["The OTP is not valid"] }, "application/json"],
          [204, null, null],
          200
        ])
      })
    )
  })
})

layer(ServerLive)("the OpenAPI text", (it) => {
  const document = OpenApi.fromApi(Api.MetalOtp)
  const exact = { onExcessProperty: "error" } as const
  const isList = Schema.is(RecoveryCodeList.Wire)
  const readError = Schema.decodeUnknownEffect(ErrorBody.ErrorBody, exact)

  const calls: ReadonlyArray<readonly [status: number, method: "get" | "post", path: string, token: string | null]> = [
    [200, "get", "/user/otp/recovery-codes", token],
    [404, "get", "/user/otp/recovery-codes", "bare-token"],
    [401, "get", "/user/otp/recovery-codes", null],
    [200, "post", "/user/otp/recovery-codes", token],
    [404, "post", "/user/otp/recovery-codes", "bare-token"],
    [401, "post", "/user/otp/recovery-codes", "stranger"],
    [204, "post", "/user/otp/sms/receive", token],
    [422, "post", "/user/otp/sms/receive", "bare-token"],
    [401, "post", "/user/otp/sms/receive", null],
    [400, "post", "/user/otp/verify/wrong", token],
    [400, "post", "/user/otp/verify/%ff", token],
    [401, "post", "/user/otp/verify/wrong", null]
  ]

  it.effect.each(calls)("documents the reply %d to %s %s", ([status, method, path, token]) =>
    Effect.gen(function* () {
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const reply = yield* Effect.promise(() =>
        fetch(baseUrl + path, { method, headers: token === null ? {} : { "X-Auth-Token": token } })
      )
      assert.strictEqual(reply.status, status)
      const operation = document.paths[path.replace(/verify\/.+/, "verify/{otp}")]?.[method]
      const documented = operation?.responses[status]
      if (documented === undefined) return assert.fail(`${status} is not documented`)
      const text = yield* Effect.promise(() => reply.text())
      assert.deepStrictEqual(
        text === "" ? [] : [reply.headers.get("content-type")],
        Object.keys(documented.content ?? {})
      )
      const body: unknown = text === "" ? undefined : JSON.parse(text)
      if (status === 200) assert.isTrue(isList(body) && body.recovery_codes?.length === 10)
      if (status < 400) return
      const { error, errors } = yield* readError(body)
      assert.strictEqual((error === undefined ? 0 : 1) + (errors === undefined ? 0 : 1), 1, "either error or errors")
    })
  )
})
