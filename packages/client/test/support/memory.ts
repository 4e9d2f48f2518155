/**
 * A process of its own that calls hostile servers over one transport, and tells its parent what memory that takes.
 *
 * Started with the name of the transport, the base URL of the server, the bytes that a call may
 * take and that may pile up, and a list of
 * scenarios: what they are called in the server's paths, and whether they hang.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { HttpClient, type HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { least } from "./least.ts"
import { authToken } from "./operations.ts"
import { eventually, turns } from "../../../../test/support/Spans.ts"

const Input = Schema.fromJsonString(
  Schema.Struct({
    transport: Schema.Literals(["fetch", "undici", "node:http"]),
    baseUrl: Schema.String,
    mostAbove: Schema.Int,
    mostLeft: Schema.Int,
    scenarios: Schema.Array(Schema.Struct({ path: Schema.String, hangs: Schema.Boolean }))
  })
)

const transports = {
  fetch: NodeHttpClient.layerFetch,
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layerNodeHttp
}

/** The bytes that are taken, on the heap and beside it: no less than what is in use. */
const roughly = () => {
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

/** The bytes in use. */
const used = () => {
  globalThis.gc?.()
  return roughly()
}

let looking = false
let peak = 0
let most = 0

/**
 * Notes what is in use, if it is more than ever and more than may be. Collecting garbage takes long, so it does that
 * only where it could be. Buffers are let go of in the background: only a second look is sure.
 */
const look = () => {
  if (looking && roughly() >= most && used() > peak) peak = Math.max(peak, used())
}

/** Looks with each piece of a body. */
const watched = HttpClient.transformResponse(
  Effect.map((response): HttpClientResponse.HttpClientResponse =>
    Object.create(response, { stream: { get: () => Stream.tap(response.stream, () => Effect.sync(look)) } })
  )
)

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0

/** One call, looked at ever less often while it lasts. Its deadline passes after some turns. */
const call = Effect.fnUntraced(function* (client: OtpsClient.Service, hangs: boolean) {
  const fiber = yield* Effect.forkChild(Effect.exit(client.regenerateCodes()))
  let turn = 0
  yield* eventually(() => {
    if (isPowerOfTwo(++turn)) look()
    return fiber.pollUnsafe() !== undefined || (hangs && turn === 16)
  })
  yield* TestClock.adjust("10 seconds")
  yield* Fiber.join(fiber)
  look()
})

/** What is in use when all is done. */
const idle = Effect.andThen(
  turns(10),
  Effect.sync(() => {
    used()
    return used()
  })
)

const measure = Effect.fnUntraced(function* (
  client: OtpsClient.Service,
  hangs: boolean,
  { mostAbove, mostLeft }: { readonly mostAbove: number; readonly mostLeft: number }
) {
  // Garbage is collected in between, since what refers weakly to it (each code is hidden that way) grows with it.
  const five = Effect.andThen(Effect.repeat(call(client, hangs), { times: 4 }), Effect.sync(used))
  yield* Effect.repeat(five, { times: 1 })
  const before = yield* idle
  looking = true
  peak = before
  most = before + mostAbove
  yield* call(client, hangs)
  looking = false
  const growth = yield* least(
    mostLeft,
    Effect.gen(function* () {
      const before = yield* idle
      yield* Effect.repeat(five, { times: 3 })
      return (yield* idle) - before
    })
  )
  return { peak: peak - before, growth }
})

const program = Effect.gen(function* () {
  const { baseUrl, scenarios, transport, ...most } = yield* Schema.decodeEffect(Input)(process.argv[2] ?? "")
  const http = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, watched)).pipe(
    Layer.provide(transports[transport])
  )
  yield* Effect.gen(function* () {
    for (const { path, hangs } of scenarios) {
      const client = yield* OtpsClient.make({ authToken, baseUrl: `${baseUrl}/${path}`, retryPolicy: RetryPolicy.none })
      process.send?.({ path, ...(yield* measure(client, hangs, most)) })
    }
  }).pipe(Effect.provide([http, TestClock.layer()]))
})

await Effect.runPromise(Effect.scoped(program))
process.disconnect()
