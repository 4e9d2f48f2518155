/** What the tests of commands share: emulators, the environment of a command, and temporary folders. */
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A temporary folder that is deleted after the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "metal-otp-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const token = "token-of-the-tests"

const authToken = Redacted.make(token)

const serve = (users: Parameters<typeof Emulator.layer>[0]["users"]) =>
  EmulatorServer.layer().pipe(Layer.provideMerge([Emulator.layer({ users }), Faults.layer()]))

/** An emulator with a user who has two-factor authentication, and one who has neither that nor a phone. */
export const EmulatorLive = serve([
  { authToken },
  { authToken: Redacted.make("bare-token"), phoneNumber: null, twoFactor: false }
])

/** An emulator with one user, whose two-factor authentication is off. */
export const TwoFactorOff = serve([{ authToken, twoFactor: false }])

/** The environment of a command that calls the emulator of the test. */
export const env = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => ({
  METAL_API_URL: baseUrl,
  METAL_AUTH_TOKEN: token
}))

/** The OTP of the last SMS. */
export const lastOtp = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return Redacted.value((yield* emulator.outbox).at(-1)?.otp ?? Redacted.make("no SMS"))
})

/** The recovery codes of the user with `token`. */
export const recoveryCodes = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return (yield* emulator.recoveryCodes(authToken)).map(Redacted.value)
})
