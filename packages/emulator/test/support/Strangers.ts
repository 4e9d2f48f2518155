/** The server that clients which are not ours call. */
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"

export const token = "alice-token"

/** A server with two users, one of whom has neither phone nor two-factor. */
export const ServerLive = EmulatorServer.layer().pipe(
  Layer.provideMerge(
    Emulator.layer({
      users: [
        { authToken: Redacted.make(token) },
        { authToken: Redacted.make("bare-token"), phoneNumber: null, twoFactor: false }
      ],
      wrongOtps: { max: 1000 }
    })
  )
)

export const port = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => Number(new URL(baseUrl).port))
