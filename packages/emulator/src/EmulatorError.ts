/**
 * How `PromiseClient` fails: a plain `Error`, without Effect.
 *
 * @since 0.1.0
 */

/**
 * What is known of a failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Details {
  /** The status of the reply; `null` if none came. */
  readonly status: number | null
  /** What the emulator says is wrong, and what to do. None if it was no emulator that answered. */
  readonly errors: ReadonlyArray<string>
  /** Seconds to wait, where the reply says so. */
  readonly retryAfter: number | null
  /** What `fetch` failed with. */
  readonly cause?: unknown
}

/**
 * The emulator refused a request of a test's, or did not answer. The message
 * says which request it was, and what the emulator said to do.
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
  /** The status of the reply; `null` if none came. */
  readonly status: number | null
  /** What the emulator says is wrong, and what to do. */
  readonly errors: ReadonlyArray<string>
  /** Seconds to wait, where the reply says so. */
  readonly retryAfter: number | null

  constructor(message: string, { cause, errors, retryAfter, status }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.errors = errors
    this.retryAfter = retryAfter
  }
}
