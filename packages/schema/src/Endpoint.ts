/**
 * How each operation is called and answered, with the classes of its failures. The contract
 * (`Api`) and the client use it.
 *
 * @since 0.1.0
 */
import { type Documented, documented, endpoints, type FailureOf } from "@metal-otp/core/Endpoint"
import type { ErrorBody } from "./ErrorBody.ts"
import type { Operation } from "./Operation.ts"
import { BadRequest, InternalServerError, NotFound, Unauthorized, UnprocessableEntity } from "./OtpsError.ts"

export {
  /**
   * The header that carries the token.
   *
   * @category constants
   * @since 0.1.0
   */
  authHeader,
  /**
   * Where the API was until Equinix switched Metal off on 30 June 2026.
   *
   * @category constants
   * @since 0.1.0
   */
  defaultBaseUrl,
  /**
   * The endpoints, under the names of their operations.
   *
   * @category constants
   * @since 0.1.0
   */
  endpoints
} from "@metal-otp/core/Endpoint"

/**
 * The fields of a documented failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reply extends ErrorBody {
  readonly operation: Operation
}

const classes = { BadRequest, Unauthorized, NotFound, UnprocessableEntity, InternalServerError }

/**
 * The documented failures of an operation, as a union of their classes.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure<O extends Operation> = InstanceType<(typeof classes)[FailureOf<O>]>

const byStatus = <D extends Documented>(names: ReadonlyArray<D>) =>
  new Map(names.map((name) => [documented[name].status, classes[name]]))

const table: { readonly [O in Operation]: ReadonlyMap<number, new (reply: Reply) => Failure<O>> } = {
  findRecoveryCodes: byStatus(endpoints.findRecoveryCodes.failures),
  regenerateCodes: byStatus(endpoints.regenerateCodes.failures),
  receiveCodes: byStatus(endpoints.receiveCodes.failures),
  findEnsureOtp: byStatus(endpoints.findEnsureOtp.failures)
}

/**
 * The classes of the failures that an operation documents, by status.
 *
 * @param operation the operation's name
 *
 * @category accessors
 * @since 0.1.0
 */
export const failures = <O extends Operation>(operation: O): ReadonlyMap<number, new (reply: Reply) => Failure<O>> =>
  table[operation]
