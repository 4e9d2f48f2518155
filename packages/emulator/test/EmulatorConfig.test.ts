import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorConfig, EmulatorServer, type Faults } from "@metal-otp/emulator"
import { ConfigProvider, Duration, Effect, FileSystem, Path, Redacted, Schema } from "effect"
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
        users.map(({ name, phoneNumber, twoFactor }) => [name, phoneNumber, twoFactor.app, twoFactor.sms]),
        [
          ["alice", "+1 555 0101", "on", "off"],
          ["user-2", null, "off", "off"]
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

  it.effect("reads a number as seconds, as the command line does", () =>
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

  it.effect.each([
    ["", { app: "on", sms: "off" }],
    ["true", { app: "on", sms: "off" }],
    ["false", { app: "off", sms: "off" }],
    ["{}", { app: "off", sms: "off" }],
    ["{ app: seeded }", { app: "seeded", sms: "off" }],
    ["{ sms: on }", { app: "off", sms: "on" }],
    ["{ app: on, sms: 'off' }", { app: "on", sms: "off" }]
  ] as const)("reads twoFactor: %s", ([text, twoFactor]) =>
    Effect.gen(function* () {
      const { users } = yield* EmulatorConfig.parse(
        `users: [{ authToken: a${text === "" ? "" : `, twoFactor: ${text}`} }]`
      )
      assert.deepStrictEqual(users[0]?.twoFactor, twoFactor)
    })
  )

  it.effect("names the wrong setting, and never shows its value", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [text: string, message: RegExp]> = [
        ["", /^config: /],
        ["users: [s3cret", /^config: it is neither JSON nor YAML: line 1\.$/],
        ["port: 1\nusers:\n\t- s3cret", /^config: a tab can't indent in YAML: line 3\.$/],
        ["users: s3cret", /^users: /],
        ["port: 4010", /^users: Missing key\.$/],
        ["users: [{ authToken: [s3cret] }]", /^users\[0\]\.authToken: /],
        ["users: [{ authToken: a, token: s3cret }]", /^users\[0\]\.token: /],
        [
          "users: [{authToken:s3cret}]",
          /^users\[0\]: it has an unknown name: check the spelling, the spaces and the quotes\.$/
        ],
        [
          "users: []\n? [s3cret]\n: 1",
          /^config: it has an unknown name: check the spelling, the spaces and the quotes\.$/
        ],
        ["users: [{ authToken: a, totp: { digits: 5 } }]", /^users\[0\]\.totp\.digits: /],
        [
          "users: [{ authToken: a, totp: { secret: s3cret } }]",
          /^users\[0\]\.totp\.secret: it is not 80 to 1024 bits /
        ],
        [
          "users: [{ authToken: a, twoFactor: s3cret }]",
          /^users\[0\]\.twoFactor: it is neither a boolean nor an object /
        ],
        [
          "users: [{ authToken: a, twoFactor: null }]",
          /^users\[0\]\.twoFactor: it is neither a boolean nor an object /
        ],
        ["users: [{ authToken: a, twoFactor: { app: s3cret } }]", /^users\[0\]\.twoFactor\.app: Expected "off" \| /],
        ["users: [{ authToken: a, twoFactor: { sms: seeded } }]", /^users\[0\]\.twoFactor\.sms: Expected "off" \| /],
        ["users: [{ authToken: a, twoFactor: { mail: on } }]", /^users\[0\]\.twoFactor\.mail: the name is unknown: /],
        [
          "users: [{ authToken: a, phoneNumber: null, twoFactor: { sms: on } }]",
          /^users\[0\]\.twoFactor\.sms: it is on, but the user has no phone number\.$/
        ],
        ["users: [{ authToken: 's3cret ' }]", /^users\[0\]\.authToken: it starts or ends with a space\.$/],
        ["users: []\nport: 65536", /^port: it is not a whole number from 0 to 65535\.$/],
        ["users: []\nport: s3cret", /^port: it is not a whole number from 0 to 65535\.$/],
        ["users: []\nhost: [s3cret]", /^host: Expected string\.$/],
        [
          "users: []\npage: { hosts: [fine.test, 's3cret /'] }",
          /^page\.hosts\[1\]: it is not a host name or an address/
        ],
        [
          "users: []\nsmsLimit: { max: 1, within: s3cret }",
          /^smsLimit\.within: it is neither a duration such as 5 minutes /
        ],
        [
          "users: []\nwrongOtps: { lockFor: [s3cret] }",
          /^wrongOtps\.lockFor: it is neither a duration such as 5 minutes /
        ],
        ["users: []\noutboxSize: 0", /^outboxSize: it is not a whole number from 1 to 1000000\.$/],
        ["users: []\nrequestLogSize: 1.5", /^requestLogSize: it is not a whole number from 1 to 1000000\.$/],
        ["users: []\ntotpWindow: 11", /^totpWindow: it is not a whole number from 0 to 10\.$/],
        [
          "users: []\ndatabase: { filename: 'file:s3cret' }",
          /^database\.filename: it is a URL: give the path of a file\.$/
        ],
        ["users: []\ndatabase: { filename: a, key: '' }", /^database\.key: it is empty\.$/],
        [
          "users: []\nsmsWebhook: { url: 'http://u:s3cret@a.test' }",
          /^smsWebhook\.url: it is not an http: or https: URL /
        ],
        ["users: []\nsmsWebhook: { url: [s3cret] }", /^smsWebhook\.url: it is not an http: or https: URL /],
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

  it.effect("supports directives, tags, anchors and merges of YAML, and never shows the text of invalid YAML", () =>
    Effect.gen(function* () {
      const { port, users } = yield* EmulatorConfig.parse(
        [
          "%YAML 1.2",
          "---",
          "port: 0x50",
          "users:",
          "  - &first { authToken: !!str 0123, phoneNumber: null }",
          "  - { <<: *first, authToken: b }",
          '  - { authToken: "c\\x41", ? name : !!str 5 }'
        ].join("\n")
      )
      assert.strictEqual(port, 80)
      assert.deepStrictEqual(
        users.map(({ authToken, name, phoneNumber }) => [Redacted.value(authToken), name, phoneNumber]),
        [
          ["0123", undefined, null],
          ["b", undefined, null],
          ["cA", "5", "+1 555 0100"]
        ]
      )
      const many = (levels: number) =>
        Array.from({ length: levels }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`).join("\n")
      for (const [text, message] of [
        ["users: [{ authToken: !secret s3cret }]", "the tag (!...) is unknown: line 1"],
        ["port: 1\nusers: !s3cret []", "the tag (!...) is unknown: line 2"],
        ["users: []\nport: 1\nport: 2", "a name appears twice: line 3"],
        ["users: []\n---\nport: s3cret", "it has more than one document: line 2"],
        ["users: *s3cret", "an alias (*...) has no anchor (&...), or expands to too much"],
        [`a0: &a0 s3cret\n${many(9)}`, "an alias (*...) has no anchor (&...), or expands to too much"],
        ['{ "users": [] "port": s3cret }', "it is neither JSON nor YAML: line 1"],
        ["users: [{ authToken: 's3cret }]", "it is neither JSON nor YAML: line 1"]
      ] as const) {
        assert.strictEqual(yield* problemOf(text), `config: ${message}.`)
        const { option, problem } = yield* Effect.flip(EmulatorConfig.parseRule(text))
        assert.deepStrictEqual([option, problem], ["rule", message])
      }
    })
  )

  it.effect("decodes settings with their defaults, and encodes them back to a file", () =>
    Effect.gen(function* () {
      const config = yield* EmulatorConfig.parse("users: [{ authToken: a, totp: { secret: jbsw y3dp-ehpk3pxp } }]")
      const { authToken, totp, ...user } = config.users[0] ?? assert.fail("there is a user")
      assert.deepStrictEqual(
        { ...config, users: [user] },
        {
          port: 0,
          host: "127.0.0.1",
          users: [{ phoneNumber: "+1 555 0100", twoFactor: { app: "on", sms: "off" } }],
          otpTimeToLive: Duration.minutes(5),
          totpWindow: 1,
          wrongOtps: { max: 10, within: Duration.minutes(10), lockFor: Duration.minutes(5) },
          outboxSize: 1000,
          requestLogSize: 1000
        }
      )
      assert.strictEqual(Redacted.value(authToken), "a")
      assert.strictEqual(totp.secret && Redacted.value(totp.secret), "JBSWY3DPEHPK3PXP")
      const text = JSON.stringify(yield* Schema.encodeEffect(EmulatorConfig.EmulatorConfig)(config))
      assert.deepStrictEqual(yield* EmulatorConfig.parse(text), config)
    })
  )

  it.effect("resolves a relative path from the directory of the file", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directory = yield* fs.makeTempDirectoryScoped()
      const file = path.join(directory, "emulator.yaml")
      const filenameOf = Effect.fnUntraced(function* (filename: string, from = file) {
        yield* fs.writeFileString(file, `users: []\ndatabase: { filename: ${filename}, key: a }`)
        return (yield* EmulatorConfig.read(from)).database?.filename
      })
      assert.strictEqual(yield* filenameOf("emulator.sqlite"), path.join(directory, "emulator.sqlite"))
      assert.strictEqual(yield* filenameOf("../state/a.db"), path.join(directory, "../state/a.db"))
      assert.strictEqual(
        yield* filenameOf("emulator.sqlite", path.relative(process.cwd(), file)),
        path.join(directory, "emulator.sqlite")
      )
      assert.strictEqual(yield* filenameOf("/var/a.db"), "/var/a.db")
      yield* fs.writeFileString(file, "users: []")
      assert.strictEqual((yield* EmulatorConfig.read(file)).database, undefined)
      yield* fs.writeFileString(file, "users: s3cret")
      assert.strictEqual((yield* Effect.flip(EmulatorConfig.read(file))).message, "users: Expected array.")
      assert.strictEqual((yield* Effect.flip(EmulatorConfig.read(`${file}.bak`)))._tag, "PlatformError")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("keeps the state in the database, with the key of the file or of METAL_EMULATOR_KEY", () =>
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
      const key = "0f".repeat(32)
      const before = yield* run(text, { METAL_EMULATOR_KEY: key })
      assert.strictEqual(before.length, 10)
      assert.deepStrictEqual(yield* run(text.replace(/ \}$/, `, key: ${key} }`)), before)
      const wrong = yield* Effect.flip(run(text, { METAL_EMULATOR_KEY: "f0".repeat(32) }))
      assert.strictEqual(
        wrong.message,
        `database.key: it is not the key that ${filename} was made with: use that one, or choose another file.`
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("posts SMS to the webhook, and follows no redirect", () =>
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

  it.effect("fails with InvalidOption for an invalid setting", () =>
    Effect.gen(function* () {
      const tag = (text: string) =>
        Effect.map(Effect.flip(Effect.void.pipe(served(text))), (error) => [error._tag, error.message])
      assert.deepStrictEqual(yield* tag("users: [{ authToken: a }, { authToken: a }]"), [
        "InvalidOption",
        "users[1].authToken: users[0] has it too."
      ])
      assert.deepStrictEqual(yield* tag("users: []\nfaults: { rules: [{ nth: 0, fault: { _tag: Hang } }] }"), [
        "InvalidOption",
        "faults.rules[0].nth: it is not a whole number above zero."
      ])
    })
  )
})
