/** Runs examples on Effect 3, for `scripts/examples.ts`, which itself runs on Effect 4. */
import { FetchHttpClient } from "@effect/platform"
import { OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Effect, Layer, Redacted } from "effect"

const authToken = "my-token"

/** The layers that a program of a reader provides. */
const services = (baseUrl: string) =>
  Layer.mergeAll(
    OtpsClient.layer({ authToken: Redacted.make(authToken), baseUrl }),
    TwoFactorAuthClient.layer({ authToken: Redacted.make(authToken), baseUrl }),
    OtpsClients.layer({ baseUrl })
  ).pipe(Layer.provideMerge(FetchHttpClient.layer))

type Services = Layer.Layer.Success<ReturnType<typeof services>>

const isProgram = (u: unknown): u is Effect.Effect<unknown, unknown, Services> =>
  // Errors of Effect are effects too.
  Effect.isEffect(u) && !(u instanceof Error)

const isLayer = (u: unknown): u is Layer.Layer<unknown, unknown, Services> => Layer.isLayer(u)

/** Runs the top-level effects of an example and builds its top-level layers, with an emulator of its own. */
export const runTop = async (top: ReadonlyArray<unknown>): Promise<void> => {
  await using emulator = await startEmulator({ users: [{ authToken }] })
  const runs = top.flatMap((value) => {
    if (isProgram(value)) return [value]
    return isLayer(value) ? [Effect.scoped(Layer.build(value))] : []
  })
  await Effect.runPromise(
    Effect.forEach(runs, (run) => run, { discard: true }).pipe(Effect.provide(services(emulator.baseUrl)))
  )
}
