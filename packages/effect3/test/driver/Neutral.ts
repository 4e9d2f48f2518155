/**
 * The types that cross the boundary between Effect 3 and Effect 4 while the tests of `@metal-otp/client` run over this
 * client: callbacks and plain values, without a type of either version.
 */

/** An exit, without its version of Effect. */
export type Ended<A, E> =
  | { readonly _tag: "Success"; readonly value: A }
  | { readonly _tag: "Failure"; readonly error: E }
  | { readonly _tag: "Die"; readonly defect: unknown }
  | { readonly _tag: "Interrupt" }

/**
 * An effect, without its version of Effect. It starts at once and calls `done` at its end. It returns a function that
 * interrupts it, which calls `stopped` when it has ended.
 */
export type Task<A, E = never> = (done: (ended: Ended<A, E>) => void) => (stopped: () => void) => void

/** A failure of a client. */
export interface Failure {
  /** The failure itself. */
  readonly error: Error
  /** The fields of the failure, with `retryAfter` in milliseconds. */
  readonly fields: Readonly<Record<string, unknown>>
}

export type Method = "GET" | "POST" | "DELETE"

export interface Request {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether its body is an empty stream. */
  readonly isStream: boolean
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly web: Response | undefined
  readonly bytes: Task<ArrayBuffer, unknown>
  readonly readable: () => ReadableStream<Uint8Array>
}

/** An `HttpClientError`. */
export interface Unsent {
  readonly reason: "Transport" | "Encode" | "InvalidUrl"
  readonly cause: unknown
  /** The request that the error names. */
  readonly request: Pick<Request, "method" | "url" | "headers">
  /** The reply of an error on a status. */
  readonly reply: Reply | undefined
}

/** The services and references of a fiber of the client. */
export interface Surroundings {
  readonly init: RequestInit | undefined
  readonly isUntraced: boolean
  readonly redacted: ReadonlyArray<string | RegExp>
  readonly span: Span | undefined
  /** The client's own runtime, for a transport of its own version of Effect. */
  readonly runtime: object
}

export interface Span {
  readonly spanId: string
  readonly traceId: string
  readonly sampled: boolean
  readonly attributes: ReadonlyMap<string, unknown>
  readonly attribute: (key: string, value: unknown) => void
  readonly event: (name: string, time: bigint, attributes: Record<string, unknown> | undefined) => void
  readonly end: (time: bigint, ended: Ended<unknown, Failure>) => void
}

export interface Clock {
  readonly millis: () => number
  readonly nanos: () => bigint
  readonly sleep: (millis: number) => Task<void>
}

interface Log {
  readonly level: string
  readonly message: ReadonlyArray<unknown>
  readonly annotations: Readonly<Record<string, unknown>>
  /** The pretty-printed cause, if it has one. */
  readonly cause: string | undefined
}

/** A step of a schedule: the delay before the next try in milliseconds, or `undefined` at its end. */
export type Steps = (now: number, failure: Failure) => Task<number | undefined>

export interface Policy {
  /** A schedule of this client, or the steps of a schedule of the caller's version of Effect. */
  readonly schedule: "standard" | "none" | ((caller: Host | undefined) => Steps)
  /** In milliseconds. */
  readonly attemptTimeout: number
  /** In milliseconds. */
  readonly maxRetryAfter: number
  readonly repeatsEffects: boolean
}

/** The options of a client. The client chooses those that are `undefined`. */
export interface Options {
  readonly baseUrl: string | URL | undefined
  readonly allowInsecureHttp: boolean | undefined
  /** In milliseconds. */
  readonly timeout: number | undefined
  /** In bytes. */
  readonly maxBodySize: number | undefined
  readonly retryPolicy: Policy | undefined
  readonly retryBudget: { readonly ratio: number; readonly floor: number } | undefined
  readonly userAgent: string | false | undefined
  readonly init: RequestInit | undefined
}

/** The caller of a call: its transport, token, logger and the like. */
export interface Host {
  readonly send: (request: Request, within: Surroundings, signal: AbortSignal) => Task<Reply, Unsent>
  /** Runs the effect of the token. `hidden` is its plain token, and `other` a value that is not a token. */
  readonly token: (within: Surroundings) => Task<{ readonly hidden: string } | { readonly other: unknown }, unknown>
  readonly log: (log: Log) => void
  /** The `TestClock`, if there is one. */
  readonly clock: Clock | undefined
  readonly span: ((name: string, kind: string, parent: Span | undefined, start: bigint) => Span) | undefined
  readonly parent: Span | undefined
  readonly init: RequestInit | undefined
  /** The policy of `RetryPolicy.withPolicy`. */
  readonly policy: Policy | undefined
  /** Returns the next random number from 0 to 1. */
  readonly random: () => number
}

export type Operation =
  | "findRecoveryCodes"
  | "regenerateCodes"
  | "regenerateCodesConfirmed"
  | "confirmRegenerateCodes"
  | "receiveCodes"
  | "findEnsureOtp"
  | "seedApp"
  | "enableTfaApp"
  | "disableTfaApp"
  | "enableTfaSms"
  | "disableTfaSms"

export interface Call {
  readonly operation: Operation
  readonly otp: string
  readonly before: ReadonlyArray<string>
  readonly timeout: number | undefined
  readonly policy: Policy | undefined
}

/** The result of a call. Each operation sets one part. */
export interface Value {
  readonly codes: ReadonlyArray<string>
  readonly outcome: "NotApplied" | "Applied" | "Unknown" | undefined
  /** The URI of a seed. */
  readonly uri: string
}

export interface Client {
  readonly call: (call: Call, host: Host) => Task<Value, Failure>
}

/** All that the client's own version of Effect shows of its calls, for the search for secrets. */
export interface Native {
  readonly values: ReadonlyArray<unknown>
  readonly texts: ReadonlyArray<string>
}

/** A metric and its state. */
export interface Measure {
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
  readonly state: object
}

/** An open transport. */
export interface Transport {
  readonly send: (request: Request, runtime: object | undefined, signal: AbortSignal) => Task<Reply, Unsent>
  readonly close: Task<void>
}
