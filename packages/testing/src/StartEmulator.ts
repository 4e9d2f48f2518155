/**
 * Starts the emulator in the process of the tests, without Effect in any
 * signature.
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
 * At most so many in so long.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly max: number
  readonly within: Time
}

/**
 * A user that is there from the start.
 *
 * @category models
 * @since 0.1.0
 */
export type StartUser = Omit<NewUser, "seed">

/**
 * What an emulator is started with: the settings of its file, by the same names. All of it may be left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartOptions {
  /** Default: one user, `user-1`, with a random token. */
  readonly users?: ReadonlyArray<StartUser>
  /** Default: a free one. */
  readonly port?: number
  /** The address to listen on. Default: `"127.0.0.1"`, which only this machine can reach. */
  readonly host?: string
  /** Whether there is a page at `/`, and under which other hosts. Default: only on loopback. */
  readonly page?: boolean | { readonly hosts: ReadonlyArray<string> }
  /** Where all codes and keys come from: the same seed, the same codes. Default: chance. */
  readonly seed?: string | number
  /** The key to control it from other machines with. */
  readonly controlKey?: string
  /** How long the code of an SMS works. Default: 5 minutes. */
  readonly otpTimeToLive?: Time
  /** How many codes of an app before and after the current one are accepted as well. Default: 1. */
  readonly totpWindow?: number
  /** After how many wrong OTPs a user is locked, and for how long. Default: 10 within 10 minutes, for 5 minutes. */
  readonly wrongOtps?: { readonly max?: number; readonly within?: Time; readonly lockFor?: Time }
  /** How many SMS a user gets. Default: no limit. */
  readonly smsLimit?: Limit
  /** How many messages are kept, the newest. Default: 1,000. */
  readonly outboxSize?: number
  /** How many requests are kept, the newest. Default: 1,000. */
  readonly requestLogSize?: number
  /** Keeps the state in a SQLite file. Default: in memory. */
  readonly database?: { readonly filename: string; readonly key: string }
  /** Where SMS are posted to. Default: nowhere. */
  readonly smsWebhook?: { readonly url: string | URL; readonly timeout?: Time }
  /** What goes wrong. Default: nothing. */
  readonly faults?: { readonly rules: ReadonlyArray<Rule>; readonly seed?: string | number }
}

/**
 * An emulator that was started here: all of the client, and its end.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartedEmulator extends PromiseClient {
  /** The token of the first user; empty if there is none. */
  readonly authToken: string
  /** What a program finds the emulator with: `METAL_API_URL` and `METAL_AUTH_TOKEN`. */
  readonly env: { readonly METAL_API_URL: string; readonly METAL_AUTH_TOKEN: string }
  /** The address of its page; `undefined` if there is none. */
  readonly pageUrl: string | undefined
  /** Stops it. Requests under way have half a second. A second call does no more than the first. */
  readonly close: () => Promise<void>
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * Starts an emulator of the API in this process, on a free port of 127.0.0.1 unless `port` says otherwise, and resolves
 * when it answers.
 *
 * Rejects with a `TypeError` when an option can't work, which names it and never shows what stands there, and with an
 * `Error` when the port or the address can't be had.
 *
 * @param options its users, where it listens, and its limits
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
