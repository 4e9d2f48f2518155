/**
 * The options of the clients and of their calls, for `OtpsClient`, `TwoFactorAuthClient` and `OtpsClients`.
 *
 * @since 0.1.0
 */
import type { SizeInput } from "@effect/platform/FileSystem"
import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { AuthToken } from "./AuthToken.ts"
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
   * `https://api.equinix.com/metal/v1`, which Equinix switched off on 30 June 2026.
   */
  readonly baseUrl?: string | URL | undefined
  /** Permits `http:` to any host. The token then travels in the clear. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** The deadline of a call, including its retries and its reply's body. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /** How many bytes of a reply's body are read, after decompression. Default: 64 KiB. */
  readonly maxBodySize?: SizeInput | undefined
  /** How calls are retried. Default: `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy | undefined
  /** How many retries all calls of this client may make together. Default: `RetryBudget.standard`. */
  readonly retryBudget?: RetryBudget | undefined
  /**
   * The `User-Agent` (RFC 9110 10.1.5), or `false` to set none. Default: `metal-otp/<version>`, but
   * none in browsers, which have their own.
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
   * The token, or an effect that runs once for each call, for tokens that rotate or come from a
   * vault. The effect runs in the caller's context, within the call's deadline, and is never
   * retried. If it fails, the call fails with `CallRejected`, `"TokenUnavailable"`, which drops the
   * cause: log it with `Effect.tapError` inside of the effect. It takes its services from where the
   * client is made.
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
  /** Where the token is found, or an effect that gives it as in `WithToken`. Default: `METAL_AUTH_TOKEN`, required. */
  readonly authToken?: Config.Config<Redacted.Redacted<string>> | Effect.Effect<AuthToken, unknown, R> | undefined
  /** Default: `METAL_API_URL`, or where the API was. */
  readonly baseUrl?: Config.Config<string | undefined> | undefined
}

/**
 * The options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /** The deadline of this call, including its retries and its reply's body. It replaces the client's `timeout`. */
  readonly timeout?: Duration.DurationInput | undefined
  /** The retry policy of this call. It replaces those of the region and the client. */
  readonly retryPolicy?: RetryPolicy | undefined
}

/**
 * A token, or an effect that runs once for each call and gives one.
 *
 * @category models
 * @since 0.1.0
 */
export type TokenSource<R = never> = Redacted.Redacted<string> | Effect.Effect<AuthToken, unknown, R>
