/** `metal-otp app seed`. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, Faults } from "@metal-otp/emulator"
import { Effect, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Fixtures from "../support/Fixtures.ts"
import * as InProcess from "../support/InProcess.ts"

const user = Effect.gen(function* () {
  const { users } = yield* (yield* Emulator.Emulator).users()
  return users[0] ?? assert.fail("no user")
})

const pending = Effect.map(user, ({ seed }) => seed ?? assert.fail("no seed"))

const seedApp = Effect.fnUntraced(function* (args: ReadonlyArray<string> = [], env: Record<string, string> = {}) {
  return yield* InProcess.onTerminal(["app", "seed", ...args], {
    env: { ...(yield* Fixtures.env), ...env },
    columns: 100
  })
})

describe("app seed", () => {
  it.effect("shows a QR code, asks until an OTP is right, and shows the recovery codes", () =>
    Effect.gen(function* () {
      const { ended, waitFor, type } = yield* seedApp()
      yield* waitFor("OTP:")
      yield* type("000 000\r")
      yield* waitFor("was not turned on")
      assert.strictEqual((yield* user).app, null)
      const { code, uri } = yield* pending
      yield* type(`${Redacted.value(code)}\r`)
      const { code: exit, stdout } = yield* ended
      assert.strictEqual(exit, 0)
      assert.match(stdout, /[▀▄█]{10}/)
      const secret = new URL(Redacted.value(uri)).searchParams.get("secret") ?? assert.fail("no secret")
      assert.include(stdout, secret.replaceAll(/.{4}(?=.)/g, "$& "))
      assert.notInclude(stdout, Redacted.value(code))
      const { recoveryCodes, app } = yield* user
      assert.isNotNull(app)
      for (const { code } of recoveryCodes) assert.include(stdout, Redacted.value(code))
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).seedApp, 1)
    }).pipe(Effect.scoped, Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("--save writes the recovery codes to a file, and shows none", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "codes.txt")
      const { ended, waitFor, type } = yield* seedApp(["--save", file])
      yield* waitFor("OTP:")
      yield* type(`${Redacted.value((yield* pending).code)}\r`)
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      const codes = (yield* user).recoveryCodes.map(({ code }) => Redacted.value(code))
      assert.strictEqual(readFileSync(file, "utf8"), codes.map((code) => `${code}\n`).join(""))
      for (const code of codes) assert.notInclude(stdout, code)
    }).pipe(Effect.scoped, Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("shows only the key to type when the locale is not UTF-8", () =>
    Effect.gen(function* () {
      const { ended, waitFor, type } = yield* seedApp([], { LANG: "C" })
      yield* waitFor("OTP:")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 130)
      assert.notMatch(stdout, /[▀▄█]/)
      assert.include(stdout, "Type into your authenticator app the key")
      assert.strictEqual((yield* user).app, null)
    }).pipe(Effect.scoped, Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("--uri prints the seed for a script, and 2fa enable confirms it", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* InProcess.call(["app", "seed", "--uri"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(stdout, `${Redacted.value((yield* pending).uri)}\n`)
      const confirmed = yield* InProcess.call(["2fa", "enable", "--app", Redacted.value((yield* pending).code)])
      assert.strictEqual(confirmed.code, 0)
      assert.isNotNull((yield* user).app)
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("--uri saves no recovery codes, and refuses --save", () =>
    Effect.gen(function* () {
      const file = join(yield* Fixtures.folder, "codes.txt")
      const { code, stderr, stdout } = yield* InProcess.call(["app", "seed", "--uri", "--save", file])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.include(stderr, "Error: Give either --uri or --save.")
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).seedApp, 0)
    }).pipe(Effect.scoped, Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("asks for no seed without a terminal, and says what a script does instead", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* InProcess.call(["app", "seed"])
      assert.strictEqual(code, 2)
      assert.strictEqual(
        stderr,
        "Error: This command asks for an OTP of the app, so it needs a terminal.\n" +
          "  Nothing was sent.\n" +
          "  In a script, print the seed with: metal-otp app seed --uri\n" +
          "  Then confirm it with an OTP: metal-otp 2fa enable --app\n"
      )
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).seedApp, 0)
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("warns once of a token that other users can see", () =>
    Effect.gen(function* () {
      const { stderr } = yield* InProcess.call(["app", "seed", "--uri", "--token", Fixtures.token])
      assert.strictEqual(stderr.split("Other users can see the token in the process list").length, 2)
    }).pipe(Effect.provide(Fixtures.TwoFactorOff))
  )

  it.effect("does not ask again when the reply to an OTP is lost", () =>
    Effect.gen(function* () {
      const { ended, waitFor, type } = yield* seedApp()
      yield* waitFor("OTP:")
      yield* Effect.flatMap(Faults.Faults, ({ set }) =>
        set([{ operation: "enableTfaApp", fault: { _tag: "Reset" }, when: "after" }])
      )
      yield* type(`${Redacted.value((yield* pending).code)}\r`)
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 4)
      assert.include(stdout, "may have been turned on")
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).enableTfaApp, 1)
    }).pipe(Effect.scoped, Effect.provide(Fixtures.TwoFactorOff))
  )
})
