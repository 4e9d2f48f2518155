/** How the control API shows fault rules, and a user while two-factor authentication is turned on, step by step. */
import { assert, layer } from "@effect/vitest"
import { ControlModel } from "@metal-otp/emulator"
import { Effect, Redacted, Schema } from "effect"
import { send, serving } from "../../support/Asking.ts"

const readUser = Schema.decodeUnknownEffect(Schema.fromJsonString(ControlModel.User))
const readApp = Schema.decodeUnknownEffect(Schema.fromJsonString(ControlModel.App))

const control = (method: string, path: string, body?: string) =>
  send(`/_emulator/v1${path}`, {
    method,
    ...(body !== undefined && { body, headers: { "content-type": "application/json" } })
  })

layer(serving())("the control API", (it) => {
  it.effect("shows an app that goes from off to seeded to on, with its codes", () =>
    Effect.gen(function* () {
      const added = yield* control("POST", "/users", '{"name":"erin","twoFactor":false}')
      assert.strictEqual(added.status, 201)
      const user = Effect.flatMap(control("GET", "/users/erin"), ({ body }) => readUser(body))
      const app = control("GET", "/users/erin/app")
      const token = Redacted.value((yield* user).authToken)
      const api = (method: string, path: string, otp = "") =>
        send(`/metal/v1${path}`, {
          method,
          headers: { "x-auth-token": token, ...(otp !== "" && { "x-otp-token": otp }) }
        })

      assert.deepInclude(yield* user, { twoFactor: { app: "off", sms: "off" }, app: null, seed: null })
      assert.strictEqual((yield* app).status, 404)

      yield* api("POST", "/user/otp/app/receive")
      const seeded = yield* user
      assert.deepInclude(seeded, { twoFactor: { app: "seeded", sms: "off" }, app: null, recoveryCodes: [] })
      const waiting = yield* readApp((yield* app).body)
      const code = Redacted.value(seeded.seed?.code ?? assert.fail("no seed"))
      assert.strictEqual(Redacted.value(waiting.code), code)
      const { body: picture, headers } = yield* control("GET", "/users/erin/app/qr.svg")
      assert.match(headers["content-type"] ?? "", /^image\/svg\+xml/)
      assert.match(picture, /^<svg /)

      assert.strictEqual((yield* api("POST", "/user/otp/app", code)).status, 200)
      const on = yield* user
      assert.deepInclude(on, { twoFactor: { app: "on", sms: "off" }, seed: null })
      assert.strictEqual(on.recoveryCodes.length, 10)
      assert.strictEqual(on.app && Redacted.value(on.app.code), code)
      assert.strictEqual(Redacted.value((yield* readApp((yield* app).body)).secret), Redacted.value(waiting.secret))

      // A new seed shows beside the app that it will replace.
      yield* api("POST", "/user/otp/app/receive")
      const again = yield* user
      assert.deepStrictEqual(again.twoFactor, { app: "on", sms: "off" })
      assert.isTrue(again.app !== null && again.seed !== null)
      assert.strictEqual(Redacted.value((yield* readApp((yield* app).body)).secret), Redacted.value(waiting.secret))
    })
  )

  it.effect.each([
    ["true", 201, { app: "on", sms: "off" }],
    ['{"sms":"on"}', 201, { app: "off", sms: "on" }],
    ['{"app":"seeded","sms":"on"}', 201, { app: "seeded", sms: "on" }],
    ['{"app":"maybe"}', 400, undefined],
    ['"on"', 400, undefined]
  ] as const)("adds a user with twoFactor: %s", ([twoFactor, status, expected]) =>
    Effect.gen(function* () {
      const reply = yield* control("POST", "/users", `{"twoFactor":${twoFactor}}`)
      assert.strictEqual(reply.status, status)
      if (expected !== undefined) assert.deepStrictEqual((yield* readUser(reply.body)).twoFactor, expected)
    })
  )

  it.effect("shows no field of a fault rule that is not set", () =>
    Effect.gen(function* () {
      const rules = [
        { operation: null, nth: null, probability: null, when: null, fault: { _tag: "Reset" } },
        { nth: null, fault: { _tag: "Status", status: 503, headers: null, body: null } },
        { nth: null, fault: { _tag: "Slow", delay: 2 } }
      ]
      assert.strictEqual((yield* control("PUT", "/faults", JSON.stringify({ rules }))).status, 204)
      const shown = JSON.parse((yield* control("GET", "/faults")).body)
      assert.deepStrictEqual(shown.rules, [
        { fault: { _tag: "Reset" } },
        { fault: { _tag: "Status", status: 503 } },
        { fault: { _tag: "Slow", delay: 2 } }
      ])
    })
  )
})
