/** When the request of an attempt is aborted. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Effect, Fiber } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { authToken, call, clientOf } from "../support/operations.ts"
import { eventually } from "../../../../test/support/Spans.ts"

/** A body that never ends, and records whether it was cancelled. */
const endless = (first: string) => {
  let isCancelled = false
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
    cancel: () => {
      isCancelled = true
    }
  })
  return { body, isCancelled: () => isCancelled }
}

const json = { headers: { "content-type": "application/json" } }

/**
 * Makes a call on `fetch`, and gives whether its request was aborted in the end.
 *
 * @param hangs whether the call has got as far as the hang. Its deadline then passes
 */
const isAborted = Effect.fnUntraced(function* (
  operation: "findRecoveryCodes" | "receiveCodes",
  response: () => Promise<Response>,
  hangs?: () => boolean
) {
  const signals: Array<AbortSignal | null | undefined> = []
  const fetch: typeof globalThis.fetch = (_, init) => {
    signals.push(init?.signal)
    return response()
  }
  const client = yield* clientOf({
    authToken,
    baseUrl: "https://api.example",
    maxBodySize: 30,
    retryPolicy: RetryPolicy.none
  }).pipe(Effect.provide(FetchHttpClient.layer))
  const fiber = yield* Effect.forkChild(
    Effect.exit(call[operation](client)).pipe(Effect.provideService(FetchHttpClient.Fetch, fetch))
  )
  if (hangs !== undefined) {
    yield* eventually(() => signals.length === 1 && hangs())
    yield* TestClock.adjust("1 minute")
  }
  yield* Fiber.join(fiber)
  assert.strictEqual(signals.length, 1)
  return signals[0]?.aborted
})

describe("a request", () => {
  it.effect.each([
    ["a body read to its end", "findRecoveryCodes", () => Response.json({ recovery_codes: [] })],
    ["no body", "receiveCodes", () => new Response(null, { status: 204 })],
    ["a refusal read to its end", "receiveCodes", () => Response.json({ error: "no" }, { status: 401 })],
    ["a body that is not JSON", "findRecoveryCodes", () => new Response("{", json)]
  ] as const)("is not aborted after %s", ([, operation, response]) =>
    Effect.gen(function* () {
      assert.isFalse(yield* isAborted(operation, () => Promise.resolve(response())))
    })
  )

  it.effect.each([
    ["an unread body", 200, "text/html", "<p>"],
    ["a refusal's unread body", 401, "text/html", "<p>"],
    ["a body that is too large", 200, "application/json", " ".repeat(31)],
    ["a body that hangs", 200, "application/json", "{"],
    ["a refusal's body that hangs", 401, "application/json", "{"]
  ] as const)("is aborted after %s", ([, status, type, first]) =>
    Effect.gen(function* () {
      const { body, isCancelled } = endless(first)
      const response = new Response(body, { status, headers: { "content-type": type } })
      const hangs = first === "{" ? () => body.locked : undefined
      assert.isTrue(yield* isAborted("findRecoveryCodes", () => Promise.resolve(response), hangs))
      assert.strictEqual(isCancelled(), type === "application/json")
    })
  )

  it.effect("is not aborted after it has failed", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* isAborted("receiveCodes", () => Promise.reject(new Error("failed"))))
    })
  )

  it.effect("is aborted when no reply comes", () =>
    Effect.gen(function* () {
      const never = () => new Promise<Response>(() => {})
      assert.isTrue(yield* isAborted("receiveCodes", never, () => true))
    })
  )
})
