/**
 * The client alone: what tests ask of an emulator that runs already. It works
 * wherever there is `fetch`, and nothing of the server is in it.
 *
 * @since 0.1.0
 */

/**
 * How it fails.
 *
 * @category errors
 * @since 0.1.0
 */
export * from "@metal-otp/emulator/EmulatorError"
/**
 * The client, and what it takes and answers.
 *
 * @category models
 * @since 0.1.0
 */
export * from "@metal-otp/emulator/PromiseClient"
