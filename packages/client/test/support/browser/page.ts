/** What runs in the page: the client on the browser's fetch, under a clock that only the test moves. */
import { Effect, Fiber, ManagedRuntime, Layer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as TestClock from "effect/testing/TestClock"
import * as Calls from "../Calls.ts"

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
