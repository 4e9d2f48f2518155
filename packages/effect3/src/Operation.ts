/**
 * The operations, by the API's names for them (`operationId` in its OpenAPI text).
 *
 * @since 0.1.0
 */
import { operations } from "@metal-otp/core/Operation"
import * as Schema from "effect/Schema"

/**
 * The name of an operation of the API.
 *
 * @example
 * ```ts
 * import { Operation } from "@metal-otp/effect3"
 * import { Schema } from "effect"
 *
 * Schema.is(Operation.Operation)("receiveCodes") // => true
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const Operation = /* @__PURE__ */ Schema.Literal(...operations)

/**
 * The name of an operation of the API.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = typeof Operation.Type
