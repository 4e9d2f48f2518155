/**
 * The process of one client on Effect 3. `bench/src/Process.ts` forks it with the name of the client, and sends it the
 * commands of `bench/src/Protocol.ts`.
 */
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Effect, Function, Layer, ManagedRuntime, Predicate, Tracer } from "effect"
import { answers, codeCount, otp, type Scenario, token } from "../../../bench/src/Scenario.ts"
import * as Stub from "../../../bench/src/Stub.ts"
import * as ByHand from "./ByHand.ts"
import type { Effectful } from "./Client.ts"
import * as Ours from "./Ours.ts"

const stub = Stub.make()

const baseUrl = "http://127.0.0.1:1/metal/v1"

const transport = Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, stub.fetch))

const untraced = Layer.map(transport, (context) => context).pipe(
  Layer.flatMap((context) =>
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.withTracerDisabledWhen(context.unsafeMap.get(HttpClient.HttpClient.key), Function.constTrue)
    )
  )
)

/** A tracer that only delegates to the default tracer. The client makes spans for any tracer but the default one. */
const tracing = Layer.setTracer(
  Effect.runSync(
    Effect.map(Effect.tracer, (native) => Tracer.make({ span: (...span) => native.span(...span), context: (f) => f() }))
  )
)

const options = { baseUrl, token }

const clients: Readonly<
  Record<string, readonly [Effect.Effect<Effectful, object, HttpClient.HttpClient>, Layer.Layer<HttpClient.HttpClient>]>
> = {
  byHand: [ByHand.make(options), untraced],
  byHandSpans: [ByHand.make(options), Layer.merge(transport, tracing)],
  oursUntraced: [Ours.make(options), transport],
  ours: [Ours.make(options), Layer.merge(transport, tracing)]
}

const [, , name = ""] = process.argv

const [make, layer] = clients[name] ?? []
if (make === undefined || layer === undefined) throw new Error(`There is no client ${name}`)

const runtime = ManagedRuntime.make(layer)
const client = await runtime.runPromise(make)

const isRefusal = (error: unknown) =>
  Predicate.hasProperty(error, "status") && error.status === answers.unauthorized.status

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

/** Makes calls one after the other, and checks the result of each. */
const run = (scenario: Scenario, calls: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    let left = calls
    return Effect.whileLoop({
      while: () => left > 0,
      body: call[scenario],
      step: (isRight) => {
        if (!isRight) throw new Error(`A call of the scenario ${scenario} has another result`)
        left--
      }
    })
  })

/** Runs a command. Returns the microseconds of a call. */
const runCommand = async ({
  calls,
  scenario
}: {
  readonly scenario: Scenario
  readonly calls: number
}): Promise<number> => {
  stub.script(scenario)
  const begin = performance.now()
  await runtime.runPromise(run(scenario, calls))
  return ((performance.now() - begin) * 1000) / calls
}

process.on("message", (command: Parameters<typeof runCommand>[0]) => {
  void runCommand(command).then((perCall) => process.send?.({ _tag: "Answer", perCall }))
})
process.on("disconnect", () => process.exit())
process.send?.({ _tag: "Ready" })
