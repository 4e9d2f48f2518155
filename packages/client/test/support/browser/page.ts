/** What runs in the page: the client on the browser's fetch, under a clock that only the test moves. */
import { Effect, Fiber, ManagedRuntime, Layer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as TestClock from "effect/testing/TestClock"
import * as Calls from "../Calls.ts"

/** Waits until the test has looked at the page's memory. */
declare const look: () => Promise<void>

const runtime = ManagedRuntime.make(Layer.merge(FetchHttpClient.layer, TestClock.layer({ warningDelay: "1 hour" })))

const real = ManagedRuntime.make(FetchHttpClient.layer)

const calls = new Map<number, Fiber.Fiber<Calls.Report>>()

/** Says in the browser's console what programs say of their failures there. */
const logged = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  self.pipe(
    Effect.tapCause((cause) => Effect.logError("the call failed", cause)),
    Effect.tapError((error) => Effect.sync(() => globalThis.reportError(error)))
  )

export const call = (id: number, spec: Calls.Spec): Promise<Calls.Report> => {
  const fiber = runtime.runFork(Effect.flatMap(HttpClient.HttpClient, (http) => Calls.call(http, spec, logged)))
  calls.set(id, fiber)
  return runtime.runPromise(Fiber.join(fiber))
}

export const interrupt = (id: number): Promise<void> => {
  const fiber = calls.get(id)
  return runtime.runPromise(fiber === undefined ? Effect.void : Fiber.interrupt(fiber))
}

export const verifyAll = (spec: Parameters<typeof Calls.verifyAll>[1]): Promise<void> =>
  runtime.runPromise(Effect.flatMap(HttpClient.HttpClient, (http) => Calls.verifyAll(http, spec)))

export const advance = (milliseconds: number): Promise<void> => runtime.runPromise(TestClock.adjust(milliseconds))

/** Calls one after the other, by the page's own clock. */
export const inOrder = (specs: ReadonlyArray<Calls.Spec>): Promise<ReadonlyArray<Calls.Report>> =>
  real.runPromise(
    Effect.flatMap(HttpClient.HttpClient, (http) => Effect.forEach(specs, (spec) => Calls.call(http, spec, logged)))
  )

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0

/**
 * Has the test look at each piece of a body but the first, ever less often, before whoever reads it gets the next one,
 * which grows meanwhile.
 */
const watching = Effect.acquireRelease(
  Effect.sync(() => {
    const { read } = ReadableStreamDefaultReader.prototype
    let pieces = -1
    const seen = { largest: 0 }
    ReadableStreamDefaultReader.prototype.read = async function () {
      const piece = await read.call(this)
      if (ArrayBuffer.isView(piece.value)) seen.largest = Math.max(seen.largest, piece.value.byteLength)
      if (isPowerOfTwo(++pieces) && pieces > 0) await look()
      return piece
    }
    return { read, seen }
  }),
  ({ read }) =>
    Effect.sync(() => {
      ReadableStreamDefaultReader.prototype.read = read
    })
)

const callQuietly = (spec: Calls.Spec) => Effect.flatMap(HttpClient.HttpClient, (http) => Calls.call(http, spec))

/** Calls once while the test looks, and says how large the largest piece of the body was. */
export const callWatched = (spec: Calls.Spec): Promise<number> =>
  real.runPromise(
    Effect.scoped(Effect.flatMap(watching, ({ seen }) => Effect.map(callQuietly(spec), () => seen.largest)))
  )

/** Calls five times, a few at once, and keeps nothing of it. */
export const callFive = async (spec: Calls.Spec): Promise<void> => {
  await real.runPromise(
    Effect.all(
      Array.from({ length: 5 }, () => callQuietly(spec)),
      { concurrency: 4, discard: true }
    )
  )
  performance.clearResourceTimings()
}
