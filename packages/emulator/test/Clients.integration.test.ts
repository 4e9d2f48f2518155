/** Tests the server with curl and Python's http.client, if they are installed. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { EmulatorServer } from "@metal-otp/emulator"
import { Effect, Layer, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { needs } from "../../../test/support/Needs.ts"
import { port, ServerLive, token } from "./support/OtherClients.ts"

const output = Effect.fnUntraced(function* (command: string, args: ReadonlyArray<string>) {
  const process = yield* ChildProcess.make(command, [...args])
  return yield* process.stdout.pipe(Stream.decodeText, Stream.mkString)
}, Effect.scoped)

describe("curl", needs("curl"), () => {
  layer(Layer.merge(ServerLive, NodeServices.layer))((it) => {
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
    ] as const)("gets a 204 with %j", ([args]) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* curl("/user/otp/sms/receive", ...args), " 204 ")
      })
    )

    it.effect("reads the recovery codes, and verifies one of them once", () =>
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

/** Calls like a generated Python client, whose urllib3 uses http.client. */
const python = `
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
headers = {"Accept": "application/json", "Content-Type": "application/json",
           "User-Agent": "OpenAPI-Generator/1.0.0/python", "X-Auth-Token": "${token}"}
def call(method, path, body=None, otp=None):
    sent = headers if otp is None else {**headers, "x-otp-token": otp}
    connection.request(method, "/metal/v1" + path, body=body, headers=sent)
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
    call("POST", "/user/otp/recovery-codes")[0],
    list(call("POST", "/user/otp/app/receive")[1]),
    call("DELETE", "/user/otp/app", otp="wrong"),
    call("DELETE", "/user/otp/app", otp=codes["recovery_codes"][1])[0],
    call("DELETE", "/user/otp/app", otp=call("POST", "/user/otp/recovery-codes")[1]["recovery_codes"][0]),
    call("DELETE", "/user/otp/app", otp="wrong")[0],
    call("POST", "/user/otp/app")[0]
]))
`

describe("Python", needs("python3"), () => {
  layer(Layer.merge(ServerLive, NodeServices.layer))((it) => {
    it.effect("calls the operations on one connection", () =>
      Effect.gen(function* () {
        const text = yield* output("python3", ["-c", python, String(yield* port)])
        const replies: unknown = JSON.parse(text)
        assert.deepStrictEqual(replies, [
          10,
          [204, null, null],
          [400, { errors: ["The OTP is not valid"] }, "application/json"],
          [204, null, null],
          200,
          ["otp_uri"],
          [401, { errors: ["Invalid OTP"] }, "application/json"],
          401,
          [204, null, null],
          404,
          401
        ])
      })
    )
  })
})
