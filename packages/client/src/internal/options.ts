import type { AuthToken } from "@metal-otp/schema/AuthToken"
import type { Operation } from "@metal-otp/schema/Operation"
import type { CallRejected, OtpsError } from "@metal-otp/schema/OtpsError"
import type * as ByteSize from "effect/ByteSize"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { RetryBudget } from "../RetryBudget.ts"
import type { RetryPolicy } from "../RetryPolicy.ts"

/** What a limit is told of a call. */
export interface LimitedCall {
  readonly operation: Operation
  /** Where the API is: what calls are counted under. */
  readonly baseUrl: string
}

/** Holds tries back above a limit. Made by `Limits.rateLimiter`. */
export interface RateLimiter {
  /** Why it can't work, if it can't: making the client fails with it. */
  readonly problem: string | undefined
  /** Succeeds when the next try may be sent. */
  readonly take: (call: LimitedCall) => Effect.Effect<void, CallRejected>
}

/** Holds calls back while the API is failing. Made by `Limits.circuitBreaker`. */
export interface CircuitBreaker {
  /**
   * Runs a call, unless the circuit is open.
   *
   * @param tries all tries of the call
   * @param call what is called, and in how many milliseconds it has to end
   * @param cutOff how the call fails when it is left to itself, or the breaker dies
   */
  readonly around: <A, E extends OtpsError>(
    tries: Effect.Effect<A, E>,
    call: LimitedCall & { readonly millis: number },
    cutOff: (reason: "TimedOut" | "Other") => E
  ) => Effect.Effect<A, E | CallRejected>
}

/** The options of a single call. */
export interface CallOptions {
  /** The deadline of this call, its retries and its reply's body included, in place of the client's `timeout`. */
  readonly timeout?: Duration.Input | undefined
  /** How this call is tried again, in place of the region's and the client's policy. */
  readonly retryPolicy?: RetryPolicy | undefined
}

/** Where the token comes from: a fixed one, or an effect that is run once for each call. */
export type TokenSource<R = never> = Redacted.Redacted<string> | Effect.Effect<AuthToken, unknown, R>

/** What a client is made with, besides its token. */
export interface ClientOptions {
  /**
   * Where the API is, an absolute `https:` URL without credentials, query or
   * fragment; a slash at its end makes no difference. `http:` only to loopback.
   * Default: `https://api.equinix.com/metal/v1`, which Equinix switched off on
   * 30 June 2026.
   */
  readonly baseUrl?: string | URL | undefined
  /** Permits `http:` to any host. The token then travels in the clear. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** The deadline of a call, its retries and its reply's body included. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** How much of a decompressed body is read, in bytes. Default: 64 KiB. */
  readonly maxBodySize?: ByteSize.Input | undefined
  /** How calls are tried again. Default: `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy | undefined
  /** How many retries all calls of this client may make together. Default: `RetryBudget.standard`. */
  readonly retryBudget?: RetryBudget | undefined
  /** Holds calls back while the API is failing: see `Limits.circuitBreaker`. Off by default. */
  readonly circuitBreaker?: CircuitBreaker | undefined
  /** Holds tries back above a limit: see `Limits.rateLimiter`. Off by default. */
  readonly rateLimiter?: RateLimiter | undefined
  /**
   * The `User-Agent` (RFC 9110 10.1.5), or `false` for none of ours. Default:
   * `metal-otp/<version>` outside of browsers, which have their own.
   */
  readonly userAgent?: string | false | undefined
}

/** What a client with one token is made with. */
export interface Options<R = never> extends ClientOptions {
  /**
   * The token of every call: fixed, or an effect that is run once for each call,
   * as for a token that rotates or a vault. The effect runs in the caller's
   * context, within the call's deadline, and is never retried. When it fails, the
   * call fails with `CallRejected`, `"TokenUnavailable"`, without a word of it:
   * use `Effect.tapError` inside of it to see why. Services that it needs are
   * taken where the client is made.
   */
  readonly authToken: TokenSource<R>
}
