/**
 * The four operations, under the API's own names (its `operationId`s).
 */
import * as Schema from "effect/Schema"

/**
 * The name of an operation of the API.
 *
 * @example
 * ```ts
 * import { Operation } from "@metal-otp/schema"
 * import { Schema } from "effect"
 *
 * Schema.is(Operation.Operation)("receiveCodes") // => true
 * ```
 */
export const Operation = Schema.Literals(["findRecoveryCodes", "regenerateCodes", "receiveCodes", "findEnsureOtp"])

export type Operation = typeof Operation.Type
