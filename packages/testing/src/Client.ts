/**
 * `connectEmulator` alone: a client of an emulator that already runs. It works on every platform
 * with `fetch`, and has no part of the server.
 *
 * @since 0.1.0
 */

/**
 * The error of the client.
 *
 * @category errors
 * @since 0.1.0
 */
export * from "@metal-otp/emulator/EmulatorError"
/**
 * The client, its options and its results.
 *
 * @category models
 * @since 0.1.0
 */
export * from "@metal-otp/emulator/PromiseClient"
