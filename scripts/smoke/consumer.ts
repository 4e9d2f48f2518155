/** A program that uses types of each package. */
import { OtpsClient } from "@metal-otp/client"
import { isOtpsFailure, makeOtps } from "@metal-otp/client/promise"
import { Operation } from "@metal-otp/core"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { OtpsError } from "@metal-otp/schema"
import { startEmulator } from "@metal-otp/testing"
import { connectEmulator } from "@metal-otp/testing/client"
import { Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("token")

const OtpsTest = OtpsClient.layer({ authToken, baseUrl: "http://localhost/metal/v1" }).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
)

export const program: Effect.Effect<string, never> = Effect.gen(function* () {
  const otps = yield* OtpsClient.OtpsClient
  yield* otps.receiveCodes()
  return "sent"
}).pipe(
  Effect.catchTag("Unauthorized", ({ outcome }) => Effect.succeed<string>(outcome)),
  Effect.catch(() => Effect.succeed("failed")),
  Effect.provide(OtpsTest),
  Effect.orDie
)

export const withPromises = async (): Promise<number> => {
  const emulator = await startEmulator()
  const otps = makeOtps({ baseUrl: emulator.baseUrl, authToken: emulator.authToken })
  try {
    return (await otps.findRecoveryCodes()).length
  } catch (error) {
    return isOtpsFailure(error) && error.outcome === "NotApplied" ? 0 : -1
  } finally {
    await emulator.close()
  }
}

export { connectEmulator, Operation, OtpsError }
