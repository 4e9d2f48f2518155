/** Runs an example: what it does by itself, then each effect and layer that stands at its top. */
import { NodeServices } from "@effect/platform-node"
import { Limits, OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Data, Deferred, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { format } from "node:util"
import type { Example } from "./blocks.ts"
import { wasCompared } from "./shows.ts"

/** What an example said or did is not what it tells. */
class Wrong extends Data.TaggedError("Wrong")<{ readonly message: string }> {}

const authToken = Redacted.make("my-token")
const baseUrl = "http://127.0.0.1/metal/v1"

/** What a program of the reader's has around it. */
const Surroundings = Layer.mergeAll(
  Layer.mergeAll(
    OtpsClient.layer({ authToken, baseUrl }),
    OtpsClients.layer({ baseUrl }),
    TwoFactorAuthClient.layer({ authToken, baseUrl })
  ).pipe(
    Layer.provide(EmulatorHttpClient.layer),
    Layer.provideMerge([Emulator.layer({ users: [{ authToken }] }), Faults.layer()])
  ),
  Limits.layer(),
  FetchHttpClient.layer,
  NodeServices.layer
)

type Surroundings = Layer.Success<typeof Surroundings>

const isProgram = (u: unknown): u is Effect.Effect<unknown, unknown, Surroundings> =>
  // Errors of Effect are effects too.
  Effect.isEffect(u) && !(u instanceof Error)

const isLayer = (u: unknown): u is Layer.Layer<unknown, unknown, Surroundings> => Layer.isLayer(u)

/** Listens to what is printed, and is done when all that was announced has been. */
const listening = (expected: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const all = Deferred.makeUnsafe<void>()
      const { log } = globalThis.console
      let next = 0
      const heard: Array<string> = []
      const check = () => {
        if (next === expected.length) Deferred.doneUnsafe(all, Effect.void)
      }
      globalThis.console.log = (...said: ReadonlyArray<unknown>) => {
        const text = format(...said)
        heard.push(text)
        if (text === expected[next]) next++
        check()
      }
      check()
      return { all: Deferred.await(all), heard, log, next: () => next }
    }),
    ({ log }) =>
      Effect.sync(() => {
        globalThis.console.log = log
      })
  )

const runHere = Effect.fnUntraced(function* (top: ReadonlyArray<unknown>) {
  for (const value of top) {
    if (isProgram(value)) yield* value
    else if (isLayer(value)) yield* Effect.scoped(Layer.build(value))
  }
})

/** Runs what stands at the top of an example, all of it in the same surroundings. */
export type RunTop = (top: ReadonlyArray<unknown>) => Promise<void>

/**
 * Runs it.
 *
 * @param module where it is
 * @param example what it tells
 * @param runTop for an example that is not of this version of Effect
 */
export const run = Effect.fnUntraced(
  function* (module: string, { comparisons, prints }: Example, runTop?: RunTop) {
    const { all, heard, next } = yield* listening(prints)
    const { $top }: { readonly $top: Readonly<Record<string, unknown>> } = yield* Effect.promise(() => import(module))
    if (runTop === undefined) yield* runHere(Object.values($top))
    else yield* Effect.promise(() => runTop(Object.values($top)))
    yield* Effect.timeoutOrElse(all, {
      duration: "5 seconds",
      orElse: () => new Wrong({ message: `did not print ${prints[next()]}, but ${heard.join("\n")}` })
    })
    const missed = comparisons.filter((where) => !wasCompared(where))
    if (missed.length > 0) return yield* new Wrong({ message: `did not come to ${missed.join(", ")}` })
  },
  Effect.scoped,
  Effect.provide(Surroundings, { local: true })
)
