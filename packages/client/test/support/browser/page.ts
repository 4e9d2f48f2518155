/** Runs in the page: calls of the client on the browser's `fetch`, with a clock that only the test advances. */
import { Effect, Fiber, ManagedRuntime, Layer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as TestClock from "effect/testing/TestClock"
import * as Calls from "../Calls.ts"

/** Lets the test measure the page's memory. */
declare const measureMemory: () => Promise<void>

const runtime = ManagedRuntime.make(Layer.merge(FetchHttpClient.layer, TestClock.layer({ warningDelay: "1 hour" })))

const real = ManagedRuntime.make(FetchHttpClient.layer)

const calls = new Map<number, Fiber.Fiber<Calls.Report>>()

/** Logs a failure and reports its error to the browser, as programs do. */
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

/** Makes calls one after the other, on the real clock. */
export const inOrder = (specs: ReadonlyArray<Calls.Spec>): Promise<ReadonlyArray<Calls.Report>> =>
  real.runPromise(
    Effect.flatMap(HttpClient.HttpClient, (http) => Effect.forEach(specs, (spec) => Calls.call(http, spec, logged)))
  )

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0

/**
 * Lets the test measure memory between the pieces of a body, while the next piece grows: after pieces 2, 3, 5, 9 and so
 * on. Also gives the size of the largest piece.
 */
const watching = Effect.acquireRelease(
  Effect.sync(() => {
    const { read } = ReadableStreamDefaultReader.prototype
    let pieces = -1
    const seen = { largest: 0 }
    ReadableStreamDefaultReader.prototype.read = async function () {
      const piece = await read.call(this)
      if (ArrayBuffer.isView(piece.value)) seen.largest = Math.max(seen.largest, piece.value.byteLength)
      if (isPowerOfTwo(++pieces) && pieces > 0) await measureMemory()
      return piece
    }
    return { read, seen }
  }),
  ({ read }) =>
    Effect.sync(() => {
      ReadableStreamDefaultReader.prototype.read = read
    })
)

const callOnce = (spec: Calls.Spec) => Effect.flatMap(HttpClient.HttpClient, (http) => Calls.call(http, spec))

/** Makes a call while the test measures memory, and gives the size of the largest piece of the body. */
export const callWatched = (spec: Calls.Spec): Promise<number> =>
  real.runPromise(Effect.scoped(Effect.flatMap(watching, ({ seen }) => Effect.map(callOnce(spec), () => seen.largest))))

/** Makes five calls, four at a time, and drops their results. */
export const callFive = async (spec: Calls.Spec): Promise<void> => {
  await real.runPromise(
    Effect.all(
      Array.from({ length: 5 }, () => callOnce(spec)),
      { concurrency: 4, discard: true }
    )
  )
  performance.clearResourceTimings()
}
