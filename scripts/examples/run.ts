/** Runs an example: imports its module, then runs each effect and builds each layer among its top-level constants. */
import { NodeServices } from "@effect/platform-node"
import { Limits, OtpsClient, OtpsClients, TwoFactorAuthClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Data, Deferred, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { format } from "node:util"
import type { Example } from "./blocks.ts"
import { wasCompared } from "./shows.ts"

/** An example did not print or compare what its comments say. */
class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

const authToken = Redacted.make("my-token")
const baseUrl = "http://127.0.0.1/metal/v1"

/** The services that a reader's program has. */
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
  // A tagged error is an effect too.
  Effect.isEffect(u) && !(u instanceof Error)

const isLayer = (u: unknown): u is Layer.Layer<unknown, unknown, Surroundings> => Layer.isLayer(u)

/** Records printed lines while the scope lasts. `all` ends when the expected lines have come, in their order. */
const recordPrinted = (expected: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const all = Deferred.makeUnsafe<void>()
      const { log } = globalThis.console
      let next = 0
      const printed: Array<string> = []
      const check = () => {
        if (next === expected.length) Deferred.doneUnsafe(all, Effect.void)
      }
      globalThis.console.log = (...values: ReadonlyArray<unknown>) => {
        const text = format(...values)
        printed.push(text)
        if (text === expected[next]) next++
        check()
      }
      check()
      return { all: Deferred.await(all), printed, log, next: () => next }
    }),
    ({ log }) =>
      Effect.sync(() => {
        globalThis.console.log = log
      })
  )

const runOnEffect4 = Effect.fnUntraced(function* (top: ReadonlyArray<unknown>) {
  for (const value of top) {
    if (isProgram(value)) yield* value
    else if (isLayer(value)) yield* Effect.scoped(Layer.build(value))
  }
})

/** Runs the top-level effects and layers of an example, all with the same services. */
export type RunTop = (top: ReadonlyArray<unknown>) => Promise<void>

/**
 * Runs an example.
 *
 * @param module the path of its module
 * @param example the comparisons and printed lines to expect
 * @param runTop for an example of another version of Effect
 */
export const run = Effect.fnUntraced(
  function* (module: string, { comparisons, prints }: Example, runTop?: RunTop) {
    const { all, next, printed } = yield* recordPrinted(prints)
    const { $top }: { readonly $top: Readonly<Record<string, unknown>> } = yield* Effect.promise(() => import(module))
    if (runTop === undefined) yield* runOnEffect4(Object.values($top))
    else yield* Effect.promise(() => runTop(Object.values($top)))
    yield* Effect.timeoutOrElse(all, {
      duration: "5 seconds",
      orElse: () => new Failed({ message: `did not print ${prints[next()]}, but ${printed.join("\n")}` })
    })
    const missed = comparisons.filter((position) => !wasCompared(position))
    if (missed.length > 0) return yield* new Failed({ message: `did not reach ${missed.join(", ")}` })
  },
  Effect.scoped,
  Effect.provide(Surroundings, { local: true })
)
