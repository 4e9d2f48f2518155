/** An authenticator app, set up on the command line. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Program from "../support/Program.ts"
import * as World from "../support/World.ts"

const authToken = Redacted.make(World.token)

/** An emulator with one user, whose factors are off. */
const Off = EmulatorServer.layer().pipe(
  Layer.provideMerge([Emulator.layer({ users: [{ authToken, twoFactor: false }] }), Faults.layer()])
)

const user = Effect.gen(function* () {
  const { users } = yield* (yield* Emulator.Emulator).users()
  return users[0] ?? assert.fail("no user")
})

const pending = Effect.map(user, ({ seed }) => seed ?? assert.fail("no seed"))

const seedApp = Effect.fnUntraced(function* (args: ReadonlyArray<string> = [], env: Record<string, string> = {}) {
  return yield* Program.onTerminal(["app", "seed", ...args], {
    env: { ...(yield* World.env), ...env },
    columns: 100
  })
})

describe("app seed", () => {
  it.effect("draws a QR code, asks until a code confirms it, and gives the recovery codes", () =>
    Effect.gen(function* () {
      const { ended, said, type } = yield* seedApp()
      yield* said("OTP:")
      yield* type("000 000\r")
      yield* said("was not turned on")
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
    }).pipe(Effect.scoped, Effect.provide(Off))
  )

  it.effect("saves the codes to a file, and shows none", () =>
    Effect.gen(function* () {
      const file = join(yield* World.folder, "codes.txt")
      const { ended, said, type } = yield* seedApp(["--save", file])
      yield* said("OTP:")
      yield* type(`${Redacted.value((yield* pending).code)}\r`)
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 0)
      const codes = (yield* user).recoveryCodes.map(({ code }) => Redacted.value(code))
      assert.strictEqual(readFileSync(file, "utf8"), codes.map((code) => `${code}\n`).join(""))
      for (const code of codes) assert.notInclude(stdout, code)
    }).pipe(Effect.scoped, Effect.provide(Off))
  )

  it.effect("draws nothing where there is only ASCII, and gives the key to type", () =>
    Effect.gen(function* () {
      const { ended, said, type } = yield* seedApp([], { LANG: "C" })
      yield* said("OTP:")
      yield* type("\u0003")
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 130)
      assert.notMatch(stdout, /[▀▄█]/)
      assert.include(stdout, "Type this into your authenticator app: the key")
      assert.strictEqual((yield* user).app, null)
    }).pipe(Effect.scoped, Effect.provide(Off))
  )

  it.effect("prints the URI for a script, which confirms it by itself", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* Program.call(["app", "seed", "--uri"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(stdout, `${Redacted.value((yield* pending).uri)}\n`)
      const confirmed = yield* Program.call(["2fa", "enable", "--app", Redacted.value((yield* pending).code)])
      assert.strictEqual(confirmed.code, 0)
      assert.isNotNull((yield* user).app)
    }).pipe(Effect.provide(Off))
  )

  it.effect("asks for no seed where nobody can confirm it", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* Program.call(["app", "seed"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "--uri")
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).seedApp, 0)
    }).pipe(Effect.provide(Off))
  )

  it.effect("warns once of a token that others can see", () =>
    Effect.gen(function* () {
      const { stderr } = yield* Program.call(["app", "seed", "--uri", "--token", World.token])
      assert.strictEqual(stderr.split("visible in the process list").length, 2)
    }).pipe(Effect.provide(Off))
  )

  it.effect("ends where it does not know whether a code was taken", () =>
    Effect.gen(function* () {
      const { ended, said, type } = yield* seedApp()
      yield* said("OTP:")
      yield* Effect.flatMap(Faults.Faults, ({ set }) =>
        set([{ operation: "enableTfaApp", fault: { _tag: "Reset" }, when: "after" }])
      )
      yield* type(`${Redacted.value((yield* pending).code)}\r`)
      const { code, stdout } = yield* ended
      assert.strictEqual(code, 4)
      assert.include(stdout, "may have been turned on")
      assert.strictEqual((yield* (yield* Emulator.Emulator).counts).enableTfaApp, 1)
    }).pipe(Effect.scoped, Effect.provide(Off))
  )
})
