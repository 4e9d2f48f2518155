/** What the tests of commands run in: an emulator, its environment, and folders. */
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** What a command is started with. */
export interface Options {
  readonly env?: Readonly<Record<string, string>>
  /** All of standard input. Left out, it is empty. */
  readonly stdin?: string
  readonly cwd?: string
  /** How wide the terminal is. Left out, its width is unknown. */
  readonly columns?: number
}

/** A folder that goes away with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "metal-otp-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const token = "token-of-the-tests"

/** The emulator's server with faults, for commands that are given its `env`. */
export const EmulatorLive = EmulatorServer.layer().pipe(
  Layer.provideMerge([
    Emulator.layer({
      users: [
        { authToken: Redacted.make(token) },
        { authToken: Redacted.make("bare-token"), phoneNumber: null, twoFactor: false }
      ]
    }),
    Faults.layer()
  ])
)

/** The environment in which the commands find the emulator. */
export const env = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => ({
  METAL_API_URL: baseUrl,
  METAL_AUTH_TOKEN: token
}))

/** The digits of the last SMS. */
export const lastOtp = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return Redacted.value((yield* emulator.outbox).at(-1)?.otp ?? Redacted.make("no SMS"))
})
