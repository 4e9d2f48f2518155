/**
 * The options of the clients and of their calls, for `OtpsClient`, `TwoFactorAuthClient` and `OtpsClients`.
 *
 * @since 0.1.0
 */
import type { AuthToken } from "@metal-otp/schema/AuthToken"
import type { Operation } from "@metal-otp/schema/Operation"
import type { CallRejected, OtpsError } from "@metal-otp/schema/OtpsError"
import type * as ByteSize from "effect/ByteSize"
import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { RetryBudget } from "./RetryBudget.ts"
import type { RetryPolicy } from "./RetryPolicy.ts"

/**
 * The options of a client, without its token.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions {
  /**
   * The base URL of the API: an absolute `https:` URL without credentials, query or fragment, with
   * or without a slash at its end. `http:` is valid for loopback only. Default:
   * `https://api.equinix.com/metal/v1`, which Equinix switched off on 30 June 2026. Making a client
   * with the default logs a warning.
   */
  readonly baseUrl?: string | URL | undefined
  /** Permits `http:` to any host. It sends the token without encryption. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** The deadline of a call, including its retries and its reply's body. Above zero. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /**
   * The largest body of a reply, after decompression. A larger body of a success fails with
   * `MalformedResponse`, `"TooLarge"`. Above zero. Default: 64 KiB.
   */
  readonly maxBodySize?: ByteSize.Input | undefined
  /** How the client retries calls. Default: `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy | undefined
  /** Limits the retries of all calls of this client together. Default: `RetryBudget.standard`. */
  readonly retryBudget?: RetryBudget | undefined
  /** Fails calls at once while the API is failing: see `Limits.circuitBreaker`. Default: none. */
  readonly circuitBreaker?: CircuitBreaker | undefined
  /** Limits the tries in a time window: see `Limits.rateLimiter`. Default: none. */
  readonly rateLimiter?: RateLimiter | undefined
  /**
   * The `User-Agent` header (RFC 9110 10.1.5), or `false` to send none. Default:
   * `metal-otp/<version>`. Browsers send their own.
   */
  readonly userAgent?: string | false | undefined
}

/**
 * The options of a client with one token.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithToken<R = never> extends ClientOptions {
  /**
   * The token, or an effect that returns it, for tokens that rotate or come from a vault.
   *
   * The effect runs once for each call, in the caller's context and within the call's deadline. The
   * client never retries it. It gets its services from the context in which the client is made. A
   * service of the caller's context replaces the one of that context. If the effect fails, the call
   * fails with `CallRejected`, `"TokenUnavailable"`. That failure drops the cause, so log the cause
   * inside of the effect, with `Effect.tapError`.
   */
  readonly authToken: TokenSource<R>
}

/**
 * The options of `layerConfig`, for a client with one token.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithConfig<R = never> extends Omit<ClientOptions, "baseUrl"> {
  /** A `Config` of the token, or an effect that returns it as in `WithToken`. Default: `METAL_AUTH_TOKEN`, which is required. */
  readonly authToken?: Config.Config<Redacted.Redacted<string>> | Effect.Effect<AuthToken, unknown, R> | undefined
  /** A `Config` of the base URL. Default: `METAL_API_URL`, or the default of `ClientOptions`. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * The options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * The deadline of this call, including its retries and its reply's body. It replaces the client's
   * `timeout`. It must be above zero: otherwise the call fails with `CallRejected`,
   * `"InvalidOption"`, before anything is sent.
   */
  readonly timeout?: Duration.Input | undefined
  /**
   * The retry policy of this call. It replaces the policies of the client and of
   * `RetryPolicy.withPolicy`.
   */
  readonly retryPolicy?: RetryPolicy | undefined
}

/**
 * A token, or an effect that returns the token of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type TokenSource<R = never> = Redacted.Redacted<string> | Effect.Effect<AuthToken, unknown, R>

/**
 * Limits the tries in a time window. `Limits.rateLimiter` makes one.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateLimiter {
  /** What is wrong with its options, or `undefined`. With a problem, making the client fails with `InvalidSetting`. */
  readonly problem: string | undefined
  /** Succeeds if the next try may be sent. Fails if the limit is reached, or the store can't be reached. */
  readonly take: (call: LimitedCall) => Effect.Effect<void, CallRejected>
}

/**
 * Fails calls at once while the API is failing. `Limits.circuitBreaker` makes one.
 *
 * @category models
 * @since 0.1.0
 */
export interface CircuitBreaker {
  /**
   * Runs a call, unless the circuit is open.
   *
   * @param tries all tries of the call
   * @param call the call, with the milliseconds until its deadline
   * @param cutOff makes the failure of a call that the deadline or a defect of the breaker cuts off
   */
  readonly around: <A, E extends OtpsError>(
    tries: Effect.Effect<A, E>,
    call: LimitedCall & { readonly millis: number },
    cutOff: (reason: "TimedOut" | "Other") => E
  ) => Effect.Effect<A, E | CallRejected>
}

/**
 * What a limit needs to know of a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface LimitedCall {
  readonly operation: Operation
  /** The default key that limits count under. */
  readonly baseUrl: string
}
