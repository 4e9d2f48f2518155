/** Transports, token effects and limits that break the rules of their types, and throw every secret. */
import { Limits as ClientLimits } from "@metal-otp/client"
import { Cause, Context, Effect, type Scope } from "effect"
import { HttpClientError, HttpClientResponse } from "effect/http"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import { type Answer, everything, respond } from "./Worst.ts"
import type { OtpsClient } from "./Subject.ts"

class Held extends Context.Service<Held, string>()("@metal-otp/client/test/Held") {}

const holding = Context.make(Held, everything)

const throwing = (): never => {
  throw new Error(everything)
}

const dying = Effect.die(new Error(everything))

/** An interruption that is annotated with every secret. */
const interrupted = Effect.failCause(Cause.annotate(Cause.interrupt(), holding))

/** A reply whose status or headers are replaced. */
const replying =
  (property: "status" | "headers", get: () => unknown, status = 200): Answer =>
  (...asked) =>
    Effect.map(
      respond(status, status === 204 ? null : "{}")(...asked),
      (response): HttpClientResponse.HttpClientResponse => Object.create(response, { [property]: { get } })
    )

const json = { "content-type": "application/json" }

/** A reply whose body has this reader. */
const reading =
  (read: () => Promise<ReadableStreamReadResult<Uint8Array>>, cancel: () => Promise<void> = () => Promise.resolve()) =>
  (status: number): Answer =>
  (request) =>
    Effect.sync(() => {
      const body = new ReadableStream()
      Object.defineProperty(body, "getReader", { value: () => ({ read, cancel }) })
      const response = new Response(null, { status, headers: json })
      Object.defineProperty(response, "body", { value: body })
      return HttpClientResponse.fromWeb(request, response)
    })

const hanging = () => new Promise<never>(() => {})
const large = () => Promise.resolve({ done: false as const, value: new Uint8Array(1_000_000) })

const nothing: ReadableStreamReadResult<Uint8Array> = JSON.parse("null")
const emptyPiece: ReadableStreamReadResult<Uint8Array> = JSON.parse('{"done":false}')

const readers = {
  "a reader that throws": reading(throwing),
  "a reader that gives nothing": reading(() => Promise.resolve(nothing)),
  "a piece without a value": reading(() => Promise.resolve(emptyPiece)),
  "a large body whose reader throws when it is cancelled": reading(large, throwing),
  "a large body whose reader fails to cancel": reading(large, () => Promise.reject(new Error(everything))),
  "a reader that hangs and throws when it is cancelled": reading(hanging, throwing),
  "a reader that hangs and fails to cancel": reading(hanging, () => Promise.reject(new Error(everything)))
}

/** Succeeds with a value that its type does not allow. */
const succeedWith = (value: unknown): Effect.Effect<never> =>
  Effect.callback((resume) => Reflect.apply(resume, undefined, [Effect.succeed(value)]))

const failing =
  (cause: unknown): Answer =>
  (request) =>
    Effect.fail(new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) }))

const late =
  (end: Effect.Effect<never>): Answer =>
  () =>
    Effect.uninterruptible(Effect.andThen(Effect.sleep("30 seconds"), end))

const circular = new Error(everything)
circular.cause = circular

/** Transports that do what their type does not allow, or nobody expects. */
export const transports: Readonly<Record<string, Answer>> = {
  "a status that is NaN": replying("status", () => Number.NaN),
  "a status that is a fraction": replying("status", () => 200.5),
  "a status that has five digits": replying("status", () => 20_000),
  "a status that is a secret": replying("status", () => everything),
  "a status that throws": replying("status", throwing),
  ...Object.fromEntries(
    [200, 204, 401, 429, 503].flatMap((status): ReadonlyArray<readonly [string, Answer]> => [
      [`${status} with headers that throw`, replying("headers", throwing, status)],
      [
        `${status} with a header that throws`,
        replying("headers", () => Object.defineProperty({ ...json }, "x-request-id", { get: throwing }), status)
      ],
      [`${status} with a request id that is no text`, replying("headers", () => ({ "x-request-id": [1] }), status)],
      [`${status} without headers`, replying("headers", () => undefined, status)],
      [
        `${status} with headers that are no text`,
        replying("headers", () => ({ "retry-after": [everything], "content-type": [everything] }), status)
      ]
    ])
  ),
  ...Object.fromEntries(
    Object.entries(readers).flatMap(([name, reader]) =>
      [200, 401].map((status) => [`${status}, ${name}`, reader(status)])
    )
  ),
  "an error whose code throws": failing({
    get code() {
      return throwing()
    }
  }),
  "an error whose every property throws": failing(new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing })),
  "an error that is its own cause": failing(circular),
  "an error with a very long code": failing(Object.assign(new Error(), { code: `CERT_${"A".repeat(100_000)}` })),
  "a transport that interrupts itself": () => interrupted,
  "a defect that comes late": late(dying),
  "a rejection that comes late": late(Effect.promise(() => Promise.reject(new Error(everything)))),
  "a defect while it is interrupted": () => Effect.onInterrupt(Effect.never, () => dying)
}

/** Effects that give no valid token, whatever their type says. */
export const tokens: Readonly<Record<string, Effect.Effect<never>>> = {
  dies: dying,
  throws: Effect.sync(throwing),
  "is interrupted": interrupted,
  hangs: Effect.never,
  "succeeds with plain text": succeedWith(everything),
  "succeeds with an object": succeedWith({ everything }),
  "succeeds with undefined": succeedWith(undefined)
}

const store = { admit: () => dying, record: () => dying, state: () => dying }

type Limits = Effect.Effect<Partial<OtpsClient.Options>, never, Scope.Scope>

const limiter = (consume: () => Effect.Effect<never>) =>
  RateLimiter.RateLimiter.of({
    [RateLimiter.TypeId]: RateLimiter.TypeId,
    consume,
    adaptiveConsume: consume,
    adaptiveFeedback: () => Effect.void
  })

const limit = (consume: () => Effect.Effect<never>): Limits =>
  Effect.succeed({ rateLimiter: ClientLimits.rateLimiter(limiter(consume), { limit: 1, window: "1 hour" }) })

/** Options with a broken rate limiter or circuit breaker. */
export const limits: Readonly<Record<string, Limits>> = {
  "a limiter that dies": limit(() => dying),
  "a limiter that throws": limit(throwing),
  "a circuit whose store dies": Effect.map(
    CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 hour", onStoreError: "fail" }),
    (circuitBreaker) => ({ circuitBreaker: ClientLimits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provideService(CircuitBreaker.CircuitBreakerStore, store))
}
