import type { SizeInput } from "@effect/platform/FileSystem"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { AuthToken } from "../AuthToken.ts"
import type { RetryBudget } from "../RetryBudget.ts"
import type { RetryPolicy } from "../RetryPolicy.ts"

/** The options of a single call. */
export interface CallOptions {
  /** The deadline of this call, its retries and its reply's body included, in place of the client's `timeout`. */
  readonly timeout?: Duration.DurationInput | undefined
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
  readonly timeout?: Duration.DurationInput | undefined
  /** How much of a decompressed body is read, in bytes. Default: 64 KiB. */
  readonly maxBodySize?: SizeInput | undefined
  /** How calls are tried again. Default: `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy | undefined
  /** How many retries all calls of this client may make together. Default: `RetryBudget.standard`. */
  readonly retryBudget?: RetryBudget | undefined
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
