import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorConfig, EmulatorServer, type Faults } from "@metal-otp/emulator"
import { ConfigProvider, Duration, Effect, FileSystem, Redacted } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { createServer } from "node:http"
import { listening } from "../../../test/support/listening.ts"

const yaml = `
host: 127.0.0.1
users:
  - name: alice
    authToken: alice-token
    phoneNumber: "+1 555 0101"
    totp: { secret: JBSWY3DPEHPK3PXP, algorithm: SHA256, digits: 8, period: 1 minute }
  - authToken: bob-token # without a name
    phoneNumber: null
    twoFactor: false
otpTimeToLive: 90 seconds
wrongOtps:
  max: 1
  lockFor: 2
faults:
  seed: mine
  rules:
    - operation: regenerateCodes
      when: after
      fault: { _tag: Status, status: 503, headers: { retry-after: "1" } }
    - { operation: receiveCodes, nth: 2, fault: { _tag: Refuse } }
`

const post = Effect.fnUntraced(function* (path: string, token: string) {
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const request = HttpClientRequest.post(baseUrl + path, { headers: { "X-Auth-Token": token } })
  return yield* HttpClient.execute(request)
})

const served =
  (text: string) =>
  <A, E>(
    body: Effect.Effect<A, E, Emulator.Emulator | EmulatorServer.EmulatorServer | Faults.Faults | HttpClient.HttpClient>
  ) =>
    Effect.flatMap(EmulatorConfig.parse(text), (config) =>
      Effect.provide(body, [EmulatorConfig.layer(config), FetchHttpClient.layer])
    )

const problemOf = (text: string) => Effect.map(Effect.flip(EmulatorConfig.parse(text)), ({ message }) => message)

describe("EmulatorConfig", () => {
  it.live("starts the server that the file describes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { users } = yield* emulator.users()
      assert.deepStrictEqual(
        users.map(({ name, phoneNumber, twoFactor }) => [name, phoneNumber, twoFactor]),
        [
          ["alice", "+1 555 0101", true],
          ["user-2", null, false]
        ]
      )
      assert.include(
        Redacted.value(users[0]?.app?.uri ?? Redacted.make("")),
        "secret=JBSWY3DPEHPK3PXP&algorithm=SHA256&digits=8&period=60"
      )
      yield* post("/user/otp/sms/receive", "alice-token")
      const [sms] = yield* emulator.outbox
      assert.strictEqual(sms && sms.expiresAt - sms.sentAt, 90_000)
      assert.strictEqual((yield* post("/user/otp/verify/wrong", "alice-token")).status, 400)
      assert.strictEqual((yield* post("/user/otp/verify/wrong", "alice-token")).headers["retry-after"], "2")
      assert.strictEqual((yield* post("/user/otp/recovery-codes", "alice-token")).status, 503)
      assert.strictEqual((yield* emulator.counts).regenerateCodes, 1)
    }).pipe(served(yaml))
  )

  it.effect("reads JSON too", () =>
    Effect.gen(function* () {
      const config = yield* EmulatorConfig.parse(
        JSON.stringify(
          { port: 4010, users: [{ authToken: "a" }], smsLimit: { max: 1, within: "1 minute" } },
          undefined,
          2
        )
      )
      assert.strictEqual(config.port, 4010)
      assert.strictEqual(config.users[0] && Redacted.value(config.users[0].authToken), "a")
      assert.notInclude(JSON.stringify(yield* EmulatorConfig.parse(yaml)), "alice-token")
    })
  )

  it.effect("takes a bare number for seconds, as the command line does", () =>
    Effect.gen(function* () {
      const text =
        "users: [{ authToken: a, totp: { period: 60 } }]\notpTimeToLive: 90\nsmsLimit: { max: 1, within: 0.5 }"
      const { otpTimeToLive, smsLimit } = yield* EmulatorConfig.parse(text)
      assert.deepStrictEqual([otpTimeToLive, smsLimit?.within], [Duration.seconds(90), Duration.millis(500)])
      yield* Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { users } = yield* emulator.users()
        assert.strictEqual(users[0]?.app?.period, 60_000)
        yield* emulator.receiveCodes(Redacted.make("a"))
        const [sms] = yield* emulator.outbox
        assert.strictEqual(sms && sms.expiresAt - sms.sentAt, 90_000)
      }).pipe(served(text))
      assert.deepStrictEqual(yield* EmulatorConfig.parseRule("fault: { _tag: Slow, delay: 2 }"), {
        fault: { _tag: "Slow", delay: Duration.seconds(2) }
      })
      for (const [setting, option] of [
        ["otpTimeToLive: -1", "otpTimeToLive"],
        ["otpTimeToLive: .nan", "otpTimeToLive"],
        ["wrongOtps: { lockFor: 0 }", "wrongOtps.lockFor"],
        ["smsWebhook: { url: 'http://127.0.0.1:9', timeout: 0 }", "smsWebhook.timeout"]
      ] as const) {
        const error = yield* Effect.flip(Effect.void.pipe(served(`users: []\n${setting}`)))
        assert.strictEqual(error.message, `${option}: it is not a duration above zero.`)
      }
      const odd = yield* Effect.flip(Effect.void.pipe(served("users: [{ authToken: a, totp: { period: 0.5 } }]")))
      assert.strictEqual(odd.message, "users[0].totp.period: it is not whole seconds from 1 to 3600.")
    })
  )

  it.effect("names the setting that is wrong, and never shows what stands there", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [text: string, message: RegExp]> = [
        ["", /^config: /],
        ["users: [s3cret", /^config: it is not YAML\.$/],
        ["port: 1\nusers:\n\t- s3cret", /^config: it is not YAML: line 3\.$/],
        ["users: s3cret", /^users: /],
        ["port: 4010", /^users: Missing key\.$/],
        ["users: [{ authToken: [s3cret] }]", /^users\[0\]\.authToken: /],
        ["users: [{ authToken: a, token: s3cret }]", /^users\[0\]\.token: /],
        ["users: [{ authToken: a, totp: { digits: 5 } }]", /^users\[0\]\.totp\.digits: /],
        ["users: []\nport: s3cret", /^port: /],
        ["users: []\notpTimeToLive: s3cret", /^otpTimeToLive/],
        ["users: []\nfaults: { rules: [{ fault: { _tag: s3cret } }] }", /^faults\.rules\[0\]/],
        ["users: []\nfaults: { rules: [{ when: after, fault: { _tag: Refuse } }] }", /^faults\.rules\[0\]/]
      ]
      for (const [text, expected] of cases) {
        const message = yield* problemOf(text)
        assert.match(message, expected, text)
        assert.notInclude(message, "s3cret")
      }
    })
  )

  it.live("keeps its state in the database that it names, with the key of the file or of METAL_EMULATOR_KEY", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const filename = `${yield* fs.makeTempDirectoryScoped()}/emulator.sqlite`
      const codes = Effect.flatMap(Emulator.Emulator, (emulator) =>
        Effect.map(emulator.recoveryCodes(Redacted.make("a")), (codes) => codes.map(Redacted.value))
      )
      const text = `users: [{ authToken: a }]\ndatabase: { filename: ${filename} }`
      const run = (text: string, env: Record<string, string> = {}) =>
        codes.pipe(served(text), Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })))
      const missing = yield* Effect.flip(run(text))
      assert.strictEqual(missing.message, "database.key: it is neither in the file nor in METAL_EMULATOR_KEY.")
      const before = yield* run(text, { METAL_EMULATOR_KEY: "the key" })
      assert.strictEqual(before.length, 10)
      assert.deepStrictEqual(yield* run(text.replace(/ \}$/, ", key: the key }")), before)
      const wrong = yield* Effect.flip(run(text, { METAL_EMULATOR_KEY: "another" }))
      assert.strictEqual(wrong.message, `database.key: it is not the one that the database was made with: ${filename}.`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("posts SMS to the webhook that it names, and follows no redirect", () =>
    Effect.gen(function* () {
      const received: Array<string> = []
      const port = yield* listening(
        createServer((request, response) => {
          received.push(`${request.method} ${request.url}`)
          const redirect = request.url === "/away"
          response.writeHead(redirect ? 307 : 204, redirect ? { location: "/sms" } : {}).end()
        })
      )
      const status = (path: string) =>
        Effect.map(post("/user/otp/sms/receive", "a"), ({ status }) => status).pipe(
          served(
            `users: [{ authToken: a }]\nsmsWebhook: { url: "http://127.0.0.1:${port}${path}", timeout: 2 seconds }`
          )
        )
      assert.deepStrictEqual([yield* status("/sms"), yield* status("/away")], [204, 500])
      assert.deepStrictEqual(received, ["POST /sms", "POST /away"])
      const bad = yield* Effect.flip(Effect.void.pipe(served("users: []\nsmsWebhook: { url: nowhere }")))
      assert.match(bad.message, /^smsWebhook\.url: /)
    }).pipe(Effect.scoped)
  )

  it.effect("fails typed when a setting can't work", () =>
    Effect.gen(function* () {
      const tag = (text: string) =>
        Effect.map(Effect.flip(Effect.void.pipe(served(text))), (error) => [error._tag, error.message])
      assert.deepStrictEqual(yield* tag("users: [{ authToken: a }, { authToken: a }]"), [
        "InvalidOption",
        "users[1].authToken: it is that of users[0] too."
      ])
      assert.deepStrictEqual(yield* tag("users: []\nfaults: { rules: [{ nth: 0, fault: { _tag: Hang } }] }"), [
        "InvalidOption",
        "faults.rules[0].nth: it is not a whole number above zero."
      ])
    })
  )
})
