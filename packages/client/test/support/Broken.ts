/** Transports, tokens and limits that break the rules of their own types and hold every secret while they do. */
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

/** An interruption from within, with something hanging on it. */
const interrupted = Effect.failCause(Cause.annotate(Cause.interrupt(), holding))

/** A reply of which one property is something else. */
const replying =
  (property: "status" | "headers", get: () => unknown, status = 200): Answer =>
  (...asked) =>
    Effect.map(
      respond(status, status === 204 ? null : "{}")(...asked),
      (response): HttpClientResponse.HttpClientResponse => Object.create(response, { [property]: { get } })
    )

const json = { "content-type": "application/json" }

/** A reply whose body is read by a reader like this. */
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
  "a piece that is none": reading(() => Promise.resolve(emptyPiece)),
  "a large body whose reader can't be let go of": reading(large, throwing),
  "a large body whose reader fails to let go": reading(large, () => Promise.reject(new Error(everything))),
  "a reader that hangs and can't be let go of": reading(hanging, throwing),
  "a reader that hangs and fails to let go": reading(hanging, () => Promise.reject(new Error(everything)))
}

/** Comes to what no type allows. */
const come = (value: unknown): Effect.Effect<never> =>
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

/** What a transport may do that no type allows, or nobody expects. */
export const transports: Readonly<Record<string, Answer>> = {
  "a status that is none": replying("status", () => Number.NaN),
  "a status that is half a one": replying("status", () => 200.5),
  "a status that has many digits": replying("status", () => 20_000),
  "a status that is a secret": replying("status", () => everything),
  "a status that throws": replying("status", throwing),
  ...Object.fromEntries(
    [200, 204, 401, 429, 503].flatMap((status): ReadonlyArray<readonly [string, Answer]> => [
      [`${status} with headers that throw`, replying("headers", throwing, status)],
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
  "an error that nobody may look at": failing(new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing })),
  "an error that is its own cause": failing(circular),
  "an error with a code without end": failing(Object.assign(new Error(), { code: `CERT_${"A".repeat(100_000)}` })),
  "an interruption of itself": () => interrupted,
  "a death that comes late": late(dying),
  "a rejection that comes late": late(Effect.promise(() => Promise.reject(new Error(everything)))),
  "a death when it is told to stop": () => Effect.onInterrupt(Effect.never, () => dying)
}

/** Effects for a token that come to none, whatever their type says. */
export const tokens: Readonly<Record<string, Effect.Effect<never>>> = {
  dies: dying,
  throws: Effect.sync(throwing),
  "is interrupted": interrupted,
  hangs: Effect.never,
  "comes to plain text": come(everything),
  "comes to an object": come({ everything }),
  "comes to nothing": come(undefined)
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

/** Options with a limiter or a circuit breaker that is broken. */
export const limits: Readonly<Record<string, Limits>> = {
  "a limiter that dies": limit(() => dying),
  "a limiter that throws": limit(throwing),
  "a circuit whose store dies": Effect.map(
    CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 hour", onStoreError: "fail" }),
    (circuitBreaker) => ({ circuitBreaker: ClientLimits.circuitBreaker(circuitBreaker) })
  ).pipe(Effect.provideService(CircuitBreaker.CircuitBreakerStore, store))
}
