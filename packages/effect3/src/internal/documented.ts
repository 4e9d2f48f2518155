import {
  type Documented,
  documented,
  endpoints,
  type FailureOf,
  type Observed,
  observed
} from "@metal-otp/core/Endpoint"
import type { ErrorBody } from "@metal-otp/core/ErrorBody"
import type { MakeOptions } from "effect/Schema"
import type { Operation } from "../Operation.ts"
import {
  BadRequest,
  FailedDependency,
  InternalServerError,
  NotFound,
  Unauthorized,
  UnprocessableEntity
} from "../OtpsError.ts"

/** The fields of a documented failure. */
interface Reply extends ErrorBody {
  readonly operation: Operation
  readonly requestId?: string
}

const classes = { BadRequest, Unauthorized, NotFound, UnprocessableEntity, InternalServerError, FailedDependency }

/** The documented failures of an operation, as a union of their classes. */
export type Failure<O extends Operation> = InstanceType<(typeof classes)[FailureOf<O>]>

type Constructor<F> = new (reply: Reply, options?: MakeOptions) => F

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

const table: { readonly [O in Operation]: ReadonlyMap<number, Constructor<Failure<O>>> } = {
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

/** The classes of the failures that an operation documents, by status. */
export const failures = <O extends Operation>(operation: O): ReadonlyMap<number, Constructor<Failure<O>>> =>
  table[operation]
