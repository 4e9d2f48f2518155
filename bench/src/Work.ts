/** A process that counts the work of our client's calls, and sends the counts to `gate.ts`, which forks it with flags. */
import { AuthToken, OtpsClients, RetryBudget } from "@metal-otp/client"
import { Endpoint, type Operation, Otp, type OtpsError } from "@metal-otp/schema"
import { Effect, Layer, Random, Tracer } from "effect"
import { FetchHttpClient } from "effect/http"
import { createHook } from "node:async_hooks"
import { PerformanceObserver } from "node:perf_hooks"
import { setImmediate } from "node:timers/promises"
import type { Counts, Work } from "./Counts.ts"
import { type Answered, otp, token } from "./Scenario.ts"
import * as Stub from "./Stub.ts"

type Ending = keyof Work[keyof Work]

const calls = 200

const stub = Stub.make()

let spans = 0

const counting = Tracer.make({
  span: (options) => {
    spans++
    return Tracer.nativeTracer.span(options)
  }
})

/** A fixed short delay between tries, instead of a random one. */
const shortDelays: Random.Random = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.001 }

const environment = Layer.mergeAll(
  Layer.succeed(FetchHttpClient.Fetch, stub.fetch),
  Layer.succeed(Tracer.Tracer, counting),
  Layer.succeed(Random.Random, shortDelays)
)

// One ending retries every call, which no smaller budget allows.
const clients = await OtpsClients.make({
  baseUrl: "http://127.0.0.1:1/metal/v1",
  retryBudget: RetryBudget.unlimited
}).pipe(Effect.provide(FetchHttpClient.layer), Effect.runPromise)

const client = clients.forUser(await Effect.runPromise(AuthToken.make(token)))

const withOtp = <E>(call: (otp: Otp.Otp) => Effect.Effect<unknown, E>) => Effect.flatMap(Otp.make(otp), call)

const operations: Record<Operation.Operation, () => Effect.Effect<unknown, OtpsError.OtpsError>> = {
  findRecoveryCodes: () => client.findRecoveryCodes(),
  regenerateCodes: () => client.regenerateCodes(),
  receiveCodes: () => client.receiveCodes(),
  findEnsureOtp: () => withOtp((otp) => client.findEnsureOtp(otp)),
  seedApp: () => client.seedApp(),
  enableTfaApp: () => withOtp((otp) => client.enableTfaApp(otp)),
  disableTfaApp: () => withOtp((otp) => client.disableTfaApp(otp)),
  enableTfaSms: () => withOtp((otp) => client.enableTfaSms(otp)),
  disableTfaSms: () => withOtp((otp) => client.disableTfaSms(otp))
}

const scripts = (operation: Operation.Operation): Record<Ending, ReadonlyArray<Answered>> => {
  const success = Endpoint.endpoints[operation].success === 200 ? "success" : "noContent"
  return { success: [success], unauthorized: ["unauthorized"], retried: ["tooMany", success] }
}

/** Makes calls in sequence, in one fiber. */
const run = (operation: Operation.Operation, ending: Ending, calls: number) => {
  let left = calls
  return Effect.whileLoop({
    while: () => left > 0,
    body: () =>
      Effect.match(operations[operation](), {
        onSuccess: () => ending !== "unauthorized",
        onFailure: (error) => ending === "unauthorized" && error._tag === "Unauthorized"
      }),
    step: (isRight) => {
      if (!isRight) throw new Error(`${operation} did not end in ${ending}`)
      left--
    }
  }).pipe(Effect.provide(environment), Effect.runPromise)
}

/** The id of a new fiber. Ids count up. */
const lastFiber = () => Effect.runFork(Effect.void).id

type Counted = Omit<Counts, "bytes">

/** Counts the work of a number of calls. */
const counted = async (operation: Operation.Operation, ending: Ending, calls: number): Promise<Counted> => {
  const resources: Record<string, number> = {}
  const hook = createHook({
    init: (_, type) => {
      resources[type] = (resources[type] ?? 0) + 1
    }
  })
  const before = { requests: stub.calls(), spans, fibers: lastFiber() }
  hook.enable()
  await run(operation, ending, calls)
  hook.disable()
  return {
    requests: stub.calls() - before.requests,
    timers: resources["Timeout"] ?? 0,
    immediates: resources["Immediate"] ?? 0,
    promises: resources["PROMISE"] ?? 0,
    fibers: lastFiber() - before.fibers,
    spans: spans - before.spans
  }
}

const collections = new PerformanceObserver(() => {})
collections.observe({ entryTypes: ["gc"] })

/** Counts the bytes that a number of calls allocate. A garbage collection meanwhile would spoil the figure. */
const allocated = async (operation: Operation.Operation, ending: Ending) => {
  globalThis.gc?.()
  await setImmediate()
  collections.takeRecords()
  const before = process.memoryUsage().heapUsed
  await run(operation, ending, calls)
  const after = process.memoryUsage().heapUsed
  await setImmediate()
  if (collections.takeRecords().length > 0) throw new Error("garbage was collected while allocations were counted")
  return after - before
}

const count = async (operation: Operation.Operation, ending: Ending): Promise<Counts> => {
  stub.script(...scripts(operation)[ending])
  await run(operation, ending, calls)
  const bytes = await allocated(operation, ending)
  // Subtracts the work that happens once for any number of calls.
  const once = await counted(operation, ending, 0)
  const many = await counted(operation, ending, calls)
  const each = (what: keyof Counted) => (many[what] - once[what]) / calls
  return {
    requests: each("requests"),
    timers: each("timers"),
    immediates: each("immediates"),
    promises: each("promises"),
    fibers: each("fibers"),
    spans: each("spans"),
    bytes: Math.round(bytes / calls)
  }
}

const endings = async (operation: Operation.Operation) => ({
  success: await count(operation, "success"),
  unauthorized: await count(operation, "unauthorized"),
  retried: await count(operation, "retried")
})

const work: Work = {
  findRecoveryCodes: await endings("findRecoveryCodes"),
  regenerateCodes: await endings("regenerateCodes"),
  receiveCodes: await endings("receiveCodes"),
  findEnsureOtp: await endings("findEnsureOtp")
}
process.send?.(work)
