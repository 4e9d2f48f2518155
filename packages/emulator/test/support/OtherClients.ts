/** A server for the tests with other clients. */
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Effect, Layer, Redacted } from "effect"

export const token = "alice-token"

/** Its second user has no phone number, and two-factor authentication off. */
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
