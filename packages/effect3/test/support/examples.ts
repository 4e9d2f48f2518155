/** Runs the examples of this package and its page of the docs, which the check of all examples can't: it has Effect 4. */
import { FetchHttpClient } from "@effect/platform"
import { OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Effect, Layer, Redacted } from "effect"

const authToken = "my-token"

/** What a program of the reader's has around it. */
const surroundings = (baseUrl: string) =>
  Layer.mergeAll(
    OtpsClient.layer({ authToken: Redacted.make(authToken), baseUrl }),
    TwoFactorAuthClient.layer({ authToken: Redacted.make(authToken), baseUrl }),
    OtpsClients.layer({ baseUrl })
  ).pipe(Layer.provideMerge(FetchHttpClient.layer))

type Surroundings = Layer.Layer.Success<ReturnType<typeof surroundings>>

const isProgram = (u: unknown): u is Effect.Effect<unknown, unknown, Surroundings> =>
  // Errors of Effect are effects too.
  Effect.isEffect(u) && !(u instanceof Error)

const isLayer = (u: unknown): u is Layer.Layer<unknown, unknown, Surroundings> => Layer.isLayer(u)

/** Runs each effect and builds each layer that stands at the top of an example, with an emulator of its own. */
export const runTop = async (top: ReadonlyArray<unknown>): Promise<void> => {
  await using emulator = await startEmulator({ users: [{ authToken }] })
  const runs = top.flatMap((value) => {
    if (isProgram(value)) return [value]
    return isLayer(value) ? [Effect.scoped(Layer.build(value))] : []
  })
  await Effect.runPromise(
    Effect.forEach(runs, (run) => run, { discard: true }).pipe(Effect.provide(surroundings(emulator.baseUrl)))
  )
}
