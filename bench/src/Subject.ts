/** Drives a client in a worker: makes many calls, and checks the result of each. */
import { Effect, Function, type ManagedRuntime, Predicate } from "effect"
import type { Effectful, Promised } from "./Client.ts"
import type { Reply } from "./Reply.ts"
import { answers, codeCount, otp, type Scenario } from "./Scenario.ts"

export interface Subject {
  /** Makes a number of calls in concurrent loops. Rejects when a call has another result than the scenario's. */
  readonly run: (scenario: Scenario, calls: number, concurrency: number) => Promise<void>
  /** Starts a number of calls, and does not wait for them. */
  readonly start: (calls: number) => void
}

const wrongEnd = (scenario: Scenario) => new Error(`a call did not end in ${scenario}`)

const loops = (calls: number, concurrency: number) =>
  Array.from({ length: concurrency }, () => Math.ceil(calls / concurrency))

const isRefusal = (error: unknown) =>
  Predicate.hasProperty(error, "status") && error.status === answers.unauthorized.status

const isCodes = (reply: Reply<ReadonlyArray<string>>) => reply._tag === "Success" && reply.value.length === codeCount

const isSuccess = (reply: Reply<unknown>) => reply._tag === "Success"

/** Drives a client with promises. Each loop is an async function. */
export const ofPromised = (client: Promised): Subject => {
  const call: Record<Scenario, () => Promise<boolean>> = {
    success: () => client.findRecoveryCodes().then(isCodes),
    unauthorized: () => client.findRecoveryCodes().then(isRefusal),
    noContent: () => client.findEnsureOtp(otp).then(isSuccess)
  }

  const loop = async (scenario: Scenario, calls: number) => {
    for (let left = calls; left > 0; left--) {
      // oxlint-disable-next-line no-await-in-loop -- sequential calls are the measurement
      if (!(await call[scenario]())) throw wrongEnd(scenario)
    }
  }

  return {
    run: async (scenario, calls, concurrency) => {
      await Promise.all(loops(calls, concurrency).map((calls) => loop(scenario, calls)))
    },
    start: (calls) => {
      for (let left = calls; left > 0; left--) void client.findRecoveryCodes()
    }
  }
}

/** Drives a client with effects. Each loop is a fiber. */
export const ofEffectful = (client: Effectful, runtime: ManagedRuntime.ManagedRuntime<never, never>): Subject => {
  const call: Record<Scenario, () => Effect.Effect<boolean>> = {
    success: () =>
      Effect.match(client.findRecoveryCodes(), {
        onSuccess: (codes) => codes.length === codeCount,
        onFailure: Function.constFalse
      }),
    unauthorized: () =>
      Effect.match(client.findRecoveryCodes(), { onSuccess: Function.constFalse, onFailure: isRefusal }),
    noContent: () =>
      Effect.match(client.findEnsureOtp(otp), { onSuccess: Function.constTrue, onFailure: Function.constFalse })
  }

  const loop = (scenario: Scenario, calls: number) =>
    Effect.suspend(() => {
      let left = calls
      return Effect.whileLoop({
        while: () => left > 0,
        body: call[scenario],
        step: (isRight) => {
          if (!isRight) throw wrongEnd(scenario)
          left--
        }
      })
    })

  return {
    run: (scenario, calls, concurrency) =>
      runtime.runPromise(
        concurrency === 1
          ? loop(scenario, calls)
          : Effect.forEach(loops(calls, concurrency), (calls) => loop(scenario, calls), {
              concurrency: "unbounded",
              discard: true
            })
      ),
    start: (calls) => {
      for (let left = calls; left > 0; left--) runtime.runFork(client.findRecoveryCodes())
    }
  }
}
