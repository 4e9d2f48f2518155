/**
 * `startEmulator` starts an emulator in the process of the tests. No signature has a type of
 * Effect.
 *
 * @since 0.1.0
 */
/// <reference lib="esnext.disposable" preserve="true" />
import {
  connectEmulator,
  type NewUser,
  type PromiseClient,
  type Rule,
  type Time
} from "@metal-otp/emulator/PromiseClient"

/**
 * A limit: at most `max` within a duration.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly max: number
  readonly within: Time
}

/**
 * A user that exists from the start.
 *
 * @category models
 * @since 0.1.0
 */
export type StartUser = Omit<NewUser, "seed">

/**
 * The options of `startEmulator`. They have the names of the emulator's settings file. Every option
 * is optional.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartOptions {
  /** The users at the start. Default: one user, `user-1`, with a random token. */
  readonly users?: ReadonlyArray<StartUser>
  /** The port. Default: a free one. */
  readonly port?: number
  /** The address to listen on. Default: `"127.0.0.1"`, which only this machine can reach. */
  readonly host?: string
  /** Whether to serve the page at `/`, and under which other host names. Default: only on a loopback address. */
  readonly page?: boolean | { readonly hosts: ReadonlyArray<string> }
  /** The seed of all codes and keys: the same seed gives the same codes. Default: random codes. */
  readonly seed?: string | number
  /** The key that other machines need for the control API. Default: `METAL_EMULATOR_CONTROL_KEY`, if it is set. */
  readonly controlKey?: string
  /** How long the OTP of an SMS works. Default: 5 minutes. */
  readonly otpTimeToLive?: Time
  /** How many app codes before and after the current one the API accepts too, 0 to 10. Default: 1. */
  readonly totpWindow?: number
  /** The number of wrong OTPs that lock a user, and the length of the lock. Default: 10 in 10 minutes, for 5 minutes. */
  readonly wrongOtps?: { readonly max?: number; readonly within?: Time; readonly lockFor?: Time }
  /** The limit of SMS to a user. Default: no limit. */
  readonly smsLimit?: Limit
  /** The number of messages that the emulator keeps: the newest. Default: 1,000. */
  readonly outboxSize?: number
  /** The number of requests that the emulator keeps: the newest. Default: 1,000. */
  readonly requestLogSize?: number
  /** The SQLite file that keeps the state, and the key that encrypts its secrets. Default: in memory. */
  readonly database?: { readonly filename: string; readonly key: string }
  /** The URL that the emulator posts each SMS to. Default: none. */
  readonly smsWebhook?: { readonly url: string | URL; readonly timeout?: Time }
  /** The fault rules at the start. Default: none. */
  readonly faults?: { readonly rules: ReadonlyArray<Rule>; readonly seed?: string | number }
}

/**
 * A started emulator: its client, and `close`.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartedEmulator extends PromiseClient {
  /** The token of the first user; empty if there are no users. */
  readonly authToken: string
  /** The environment variables that connect a program to this emulator as the first user. */
  readonly env: { readonly METAL_API_URL: string; readonly METAL_AUTH_TOKEN: string }
  /** The address of the page; `undefined` if there is none. */
  readonly pageUrl: string | undefined
  /** Closes the server. Open requests have half a second to finish. Later calls do nothing more. */
  readonly close: () => Promise<void>
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * Starts an emulator in this process, on a free port of 127.0.0.1 by default. Resolves when it
 * answers.
 *
 * Rejects with a `TypeError` when an option is invalid: the message names the option and does not
 * show its value. Rejects with an `Error` when the port or the address is not available: its `code`
 * is the system's, such as `EADDRINUSE`.
 *
 * @param options users, address and limits
 *
 * @example
 * ```ts
 * import { startEmulator } from "@metal-otp/testing"
 *
 * export const test = async () => {
 *   await using emulator = await startEmulator({ users: [{ name: "alice", authToken: "alice-token" }] })
 *   const headers = { "X-Auth-Token": "alice-token" }
 *   await fetch(`${emulator.baseUrl}/user/otp/sms/receive`, { method: "POST", headers })
 *   return emulator.otp({ user: "alice", wait: "10s" })
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const startEmulator = async (options: StartOptions = {}): Promise<StartedEmulator> => {
  const { start } = await import("./internal/server.ts")
  const { authToken, baseUrl, close, pageUrl } = await start(options)
  const { controlKey: key } = options
  return {
    ...connectEmulator(baseUrl, key === undefined ? {} : { key }),
    authToken,
    env: { METAL_API_URL: baseUrl, METAL_AUTH_TOKEN: authToken },
    pageUrl,
    close,
    [Symbol.asyncDispose]: close
  }
}
