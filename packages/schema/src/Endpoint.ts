/**
 * The table of endpoints, with the classes of the failures. The contract (`Api`) and the client use
 * it.
 *
 * @since 0.1.0
 */
import {
  type Documented,
  documented,
  endpoints,
  type FailureOf,
  type Observed,
  observed
} from "@metal-otp/core/Endpoint"
import type { ErrorBody } from "./ErrorBody.ts"
import type { Operation } from "./Operation.ts"
import {
  BadRequest,
  FailedDependency,
  InternalServerError,
  NotFound,
  Unauthorized,
  UnprocessableEntity
} from "./OtpsError.ts"

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
  endpoints,
  /**
   * The header that carries the OTP of the operations that turn two-factor authentication on or off.
   *
   * @category constants
   * @since 0.1.0
   */
  otpHeader
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

const classes = { BadRequest, Unauthorized, NotFound, UnprocessableEntity, InternalServerError, FailedDependency }

/**
 * The failures that the API sends for an operation, as a union of their classes.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure<O extends Operation> = InstanceType<(typeof classes)[FailureOf<O>]>

const statuses = { ...documented, ...observed }

const byStatus = <D extends Documented, S extends Observed = never>({
  failures,
  observed = []
}: {
  readonly failures: ReadonlyArray<D>
  readonly observed?: ReadonlyArray<S>
}) => {
  const names: ReadonlyArray<D | S> = [...failures, ...observed]
  return new Map(names.map((name) => [statuses[name].status, classes[name]]))
}

const table: { readonly [O in Operation]: ReadonlyMap<number, new (reply: Reply) => Failure<O>> } = {
  findRecoveryCodes: byStatus(endpoints.findRecoveryCodes),
  regenerateCodes: byStatus(endpoints.regenerateCodes),
  receiveCodes: byStatus(endpoints.receiveCodes),
  findEnsureOtp: byStatus(endpoints.findEnsureOtp),
  seedApp: byStatus(endpoints.seedApp),
  enableTfaApp: byStatus(endpoints.enableTfaApp),
  disableTfaApp: byStatus(endpoints.disableTfaApp),
  enableTfaSms: byStatus(endpoints.enableTfaSms),
  disableTfaSms: byStatus(endpoints.disableTfaSms)
}

/**
 * Returns the classes of the failures that the API sends for an operation, by status: those that it
 * documents, and those that it does not.
 *
 * @param operation the name of the operation
 *
 * @category accessors
 * @since 0.1.0
 */
export const failures = <O extends Operation>(operation: O): ReadonlyMap<number, new (reply: Reply) => Failure<O>> =>
  table[operation]
