/**
 * The error of `PromiseClient`: a plain `Error`, without Effect.
 *
 * @since 0.1.0
 */

/**
 * The details of an error.
 *
 * @category models
 * @since 0.1.0
 */
export interface Details {
  /** The status of the reply; `null` without a reply. */
  readonly status: number | null
  /** The emulator's messages: what is wrong, and what to do. Empty if the reply is not an emulator's. */
  readonly errors: ReadonlyArray<string>
  /** The `Retry-After` of the reply in seconds; `null` if it has none. */
  readonly retryAfter: number | null
  /** The error of `fetch`. */
  readonly cause?: unknown
}

/**
 * The emulator refused a request, or did not answer. The message has the request, and says what to
 * do.
 *
 * @example
 * ```ts
 * import { EmulatorError } from "@metal-otp/emulator"
 *
 * const isUnknownUser = (error: unknown) => error instanceof EmulatorError.EmulatorError && error.status === 404
 *
 * isUnknownUser(new Error("something else")) // => false
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class EmulatorError extends Error {
  override readonly name = "EmulatorError"
  /** The status of the reply; `null` without a reply. */
  readonly status: number | null
  /** The emulator's messages: what is wrong, and what to do. */
  readonly errors: ReadonlyArray<string>
  /** The `Retry-After` of the reply in seconds; `null` if it has none. */
  readonly retryAfter: number | null

  constructor(message: string, { cause, errors, retryAfter, status }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.errors = errors
    this.retryAfter = retryAfter
  }
}
