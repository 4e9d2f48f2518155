/**
 * A program that calls hostile servers over one transport, and sends the memory that it takes to its parent process. Its
 * argument is JSON: the transport, the server's base URL, the limits in bytes, and the scenarios by their paths.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { HttpClient, type HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { smallest } from "./smallest.ts"
import { authToken } from "./operations.ts"
import { eventually, turns } from "../../../../test/support/Spans.ts"

const Input = Schema.fromJsonString(
  Schema.Struct({
    transport: Schema.Literals(["fetch", "undici", "node:http"]),
    baseUrl: Schema.String,
    maxAboveIdle: Schema.Int,
    maxLeft: Schema.Int,
    scenarios: Schema.Array(Schema.Struct({ path: Schema.String, hangs: Schema.Boolean }))
  })
)

const transports = {
  fetch: NodeHttpClient.layerFetch,
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layerNodeHttp
}

/** The bytes on the heap and outside of it, garbage included. */
const allocated = () => {
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

/** The bytes in use. */
const used = () => {
  globalThis.gc?.()
  return allocated()
}

let isMeasuring = false
let peak = 0
let limit = 0

/**
 * Records the memory in use, if it exceeds the limit and the last peak. Collecting garbage takes long, so it is done only
 * where that is possible. Buffers are freed in the background, so it measures twice.
 */
const measurePeak = () => {
  if (isMeasuring && allocated() >= limit && used() > peak) peak = Math.max(peak, used())
}

/** Measures at each piece of a body. */
const watched = HttpClient.transformResponse(
  Effect.map((response): HttpClientResponse.HttpClientResponse =>
    Object.create(response, { stream: { get: () => Stream.tap(response.stream, () => Effect.sync(measurePeak)) } })
  )
)

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0

/** Makes a call, and measures it less and less often while it runs. Its deadline passes after 16 turns. */
const call = Effect.fnUntraced(function* (client: OtpsClient.Service, hangs: boolean) {
  const fiber = yield* Effect.forkChild(Effect.exit(client.regenerateCodes()))
  let turn = 0
  yield* eventually(() => {
    if (isPowerOfTwo(++turn)) measurePeak()
    return fiber.pollUnsafe() !== undefined || (hangs && turn === 16)
  })
  yield* TestClock.adjust("10 seconds")
  yield* Fiber.join(fiber)
  measurePeak()
})

/** The bytes in use when nothing runs. */
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
  { maxAboveIdle, maxLeft }: { readonly maxAboveIdle: number; readonly maxLeft: number }
) {
  // Garbage is collected in between: each code is in a WeakMap, which grows with it.
  const five = Effect.andThen(Effect.repeat(call(client, hangs), { times: 4 }), Effect.sync(used))
  yield* Effect.repeat(five, { times: 1 })
  const before = yield* idle
  isMeasuring = true
  peak = before
  limit = before + maxAboveIdle
  yield* call(client, hangs)
  isMeasuring = false
  const growth = yield* smallest(
    maxLeft,
    Effect.gen(function* () {
      const before = yield* idle
      yield* Effect.repeat(five, { times: 3 })
      return (yield* idle) - before
    })
  )
  return { peak: peak - before, growth }
})

const program = Effect.gen(function* () {
  const { baseUrl, scenarios, transport, ...limits } = yield* Schema.decodeEffect(Input)(process.argv[2] ?? "")
  const http = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, watched)).pipe(
    Layer.provide(transports[transport])
  )
  yield* Effect.gen(function* () {
    for (const { path, hangs } of scenarios) {
      const client = yield* OtpsClient.make({ authToken, baseUrl: `${baseUrl}/${path}`, retryPolicy: RetryPolicy.none })
      process.send?.({ path, ...(yield* measure(client, hangs, limits)) })
    }
  }).pipe(Effect.provide([http, TestClock.layer()]))
})

await Effect.runPromise(Effect.scoped(program))
process.disconnect()
