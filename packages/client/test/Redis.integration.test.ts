/** Two clients share a circuit and a rate limit through a real Redis. */
import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Limits, type OtpsClient } from "@metal-otp/client"
import { Context, Effect, Exit, Layer, Logger } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { needs } from "../../../test/support/Needs.ts"
import { eventually } from "../../../test/support/Spans.ts"
import { scripted } from "./support/Scripted.ts"

/** Starts a Redis on a socket file, which can be stopped. */
const redisServer = Effect.acquireRelease(
  Effect.gen(function* () {
    const directory = mkdtempSync(join(tmpdir(), "metal-otp-redis-"))
    const path = join(directory, "redis.sock")
    const server = spawn("redis-server", ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"])
    let ready = false
    let ended = false
    server.stdout.on("data", (chunk) => (ready ||= /ready to accept connections/i.test(String(chunk))))
    server.on("exit", () => (ended = true))
    yield* eventually(() => ready)
    const stop = Effect.andThen(
      Effect.sync(() => server.kill("SIGKILL")),
      eventually(() => ended)
    )
    return { path, stop, directory }
  }),
  ({ directory, stop }) =>
    Effect.andThen(
      stop,
      Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    )
)

/** Makes a client as a separate process would: with its own connection, circuit breaker and rate limiter. */
const clientOfProcess = Effect.fnUntraced(function* (
  path: string,
  answer: () => Response,
  options: { readonly onStoreError: "allow" | "fail"; readonly limit?: number }
) {
  const context = yield* Layer.build(
    Limits.layerRedis({ tripPolicy: CircuitBreaker.consecutive(2), onStoreError: options.onStoreError }).pipe(
      Layer.provide(NodeRedis.layer({ socket: { path, tls: false }, disableOfflineQueue: true })),
      Layer.fresh
    )
  )
  const circuitBreaker = Context.get(context, CircuitBreaker.CircuitBreaker)
  const limiter = Context.get(context, RateLimiter.RateLimiter)
  const limits: Partial<OtpsClient.Options> =
    options.limit === undefined
      ? { circuitBreaker: Limits.circuitBreaker(circuitBreaker) }
      : {
          rateLimiter: Limits.rateLimiter(limiter, {
            limit: options.limit,
            window: "1 hour",
            onStoreError: options.onStoreError
          })
        }
  return yield* scripted(answer, limits)
})

describe("Redis", needs("redis-server"), () => {
  it.live("two processes share one circuit", () =>
    Effect.gen(function* () {
      const { path } = yield* redisServer
      const failing = () => Response.json({}, { status: 503 })
      const one = yield* clientOfProcess(path, failing, { onStoreError: "fail" })
      const two = yield* clientOfProcess(path, failing, { onStoreError: "fail" })
      yield* Effect.flip(one.client.receiveCodes())
      yield* Effect.flip(two.client.receiveCodes())
      for (const { client } of [one, two]) {
        const error = yield* Effect.flip(client.receiveCodes())
        assert.strictEqual(error._tag === "CallRejected" && error.reason, "CircuitOpen")
      }
      assert.deepStrictEqual([one.requests.length, two.requests.length], [1, 1])
    }).pipe(Effect.scoped)
  )

  it.live("two processes share one limit", () =>
    Effect.gen(function* () {
      const { path } = yield* redisServer
      const fine = () => new Response(null, { status: 204 })
      const one = yield* clientOfProcess(path, fine, { onStoreError: "fail", limit: 5 })
      const two = yield* clientOfProcess(path, fine, { onStoreError: "fail", limit: 5 })
      const exits: Array<Exit.Exit<void, unknown>> = []
      for (let i = 0; i < 5; i++) {
        exits.push(yield* Effect.exit(one.client.receiveCodes()), yield* Effect.exit(two.client.receiveCodes()))
      }
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 5)
      assert.strictEqual(one.requests.length + two.requests.length, 5)
    }).pipe(Effect.scoped)
  )

  it.live.each(["circuit", "limit"] as const)(
    "when Redis has stopped, the %s allows or rejects calls, as configured",
    (kind) =>
      Effect.gen(function* () {
        const { path, stop } = yield* redisServer
        const fine = () => new Response(null, { status: 204 })
        const limit = kind === "limit" ? { limit: 5 } : {}
        const allowing = yield* clientOfProcess(path, fine, { onStoreError: "allow", ...limit })
        const failing = yield* clientOfProcess(path, fine, { onStoreError: "fail", ...limit })
        yield* allowing.client.receiveCodes()
        yield* failing.client.receiveCodes()
        yield* stop
        yield* allowing.client.receiveCodes()
        const error = yield* Effect.flip(failing.client.receiveCodes())
        assert.strictEqual(error._tag === "CallRejected" && error.reason, "StoreUnavailable")
        assert.strictEqual(error.outcome, "NotApplied")
        assert.deepStrictEqual([allowing.requests.length, failing.requests.length], [2, 1])
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
  )
})
