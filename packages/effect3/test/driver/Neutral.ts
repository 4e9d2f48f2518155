/**
 * What the two versions of Effect say to each other while the tests of the one client run over the other: tasks and
 * plain values, and nothing of either version.
 */

/** How something ended. */
export type Ended<A, E> =
  | { readonly _tag: "Success"; readonly value: A }
  | { readonly _tag: "Failure"; readonly error: E }
  | { readonly _tag: "Die"; readonly defect: unknown }
  | { readonly _tag: "Interrupt" }

/** Starts something, and gives what stops it: `stopped` is called when it has stopped. */
export type Task<A, E = never> = (done: (ended: Ended<A, E>) => void) => (stopped: () => void) => void

/** A failure of ours. */
export interface Failure {
  /** As it came. */
  readonly error: Error
  /** Its own fields, `retryAfter` in milliseconds. */
  readonly fields: Readonly<Record<string, unknown>>
}

export type Method = "GET" | "POST" | "DELETE"

export interface Request {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Its body is a stream, which is empty. */
  readonly isStream: boolean
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly web: Response | undefined
  readonly bytes: Task<ArrayBuffer, unknown>
  readonly readable: () => ReadableStream<Uint8Array>
}

/** Why there is no reply. */
export interface Unsent {
  readonly reason: "Transport" | "Encode" | "InvalidUrl"
  readonly cause: unknown
  /** The request that the error names. */
  readonly request: Pick<Request, "method" | "url" | "headers">
  /** What came all the same. */
  readonly reply: Reply | undefined
}

/** What a fiber of the client runs in. */
export interface Surroundings {
  readonly init: RequestInit | undefined
  readonly isUntraced: boolean
  readonly redacted: ReadonlyArray<string | RegExp>
  readonly span: Span | undefined
  /** The client's own runtime, for a transport of the client's own version. */
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
  /** Its cause in words, if it has one. */
  readonly cause: string | undefined
}

/** The delay before the next try in milliseconds, or the end. */
export type Steps = (now: number, failure: Failure) => Task<number | undefined>

export interface Policy {
  /** A schedule that the client's version has, or steps of another's. */
  readonly schedule: "standard" | "none" | ((caller: Host | undefined) => Steps)
  /** In milliseconds. */
  readonly attemptTimeout: number
  /** In milliseconds. */
  readonly maxRetryAfter: number
  readonly repeatsEffects: boolean
}

/** What a client is made with; what is left out is left to the client. */
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

/** What is around a call. */
export interface Host {
  readonly send: (request: Request, within: Surroundings, signal: AbortSignal) => Task<Reply, Unsent>
  /** The token of an effect: hidden, or what it came to instead. */
  readonly token: (within: Surroundings) => Task<{ readonly hidden: string } | { readonly other: unknown }, unknown>
  readonly log: (log: Log) => void
  /** A clock of the tests, if there is one. */
  readonly clock: Clock | undefined
  readonly span: ((name: string, kind: string, parent: Span | undefined, start: bigint) => Span) | undefined
  readonly parent: Span | undefined
  readonly init: RequestInit | undefined
  /** The policy of the region. */
  readonly policy: Policy | undefined
  /** The next number from 0 to 1. */
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

/** What a call comes to. */
export interface Value {
  readonly codes: ReadonlyArray<string>
  readonly outcome: "NotApplied" | "Applied" | "Unknown" | undefined
  /** The URI of a seed. */
  readonly uri: string
}

export interface Client {
  readonly call: (call: Call, host: Host) => Task<Value, Failure>
}

/** All that the client's own version shows of what it did, as it is. */
export interface Native {
  readonly values: ReadonlyArray<unknown>
  readonly texts: ReadonlyArray<string>
}

/** A measure, as it stands. */
export interface Measure {
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
  readonly state: object
}

/** A transport that was opened. */
export interface Transport {
  readonly send: (request: Request, runtime: object | undefined, signal: AbortSignal) => Task<Reply, Unsent>
  readonly close: Task<void>
}
