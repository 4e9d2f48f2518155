/**
 * The operations, by the API's names for them (`operationId` in its OpenAPI text).
 *
 * @since 0.1.0
 */

/**
 * The names of the operations.
 *
 * @category constants
 * @since 0.1.0
 */
export const operations = [
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findEnsureOtp",
  "seedApp",
  "enableTfaApp",
  "disableTfaApp",
  "enableTfaSms",
  "disableTfaSms"
] as const

/**
 * The name of an operation of the API.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = (typeof operations)[number]
