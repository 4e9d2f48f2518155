/**
 * The emulator for tests without Effect: `startEmulator` starts one, and `connectEmulator` connects
 * to one that runs. `@metal-otp/testing/client` exports `connectEmulator`, `EmulatorError` and their
 * types alone.
 *
 * @since 0.1.0
 */
export * from "./StartEmulator.ts"
export * from "./Client.ts"
