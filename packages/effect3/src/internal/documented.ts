import { type Documented, documented, endpoints, type FailureOf } from "@metal-otp/core/Endpoint"
import type { ErrorBody } from "@metal-otp/core/ErrorBody"
import type { MakeOptions } from "effect/Schema"
import type { Operation } from "../Operation.ts"
import { BadRequest, InternalServerError, NotFound, Unauthorized, UnprocessableEntity } from "../OtpsError.ts"

/** The fields of a documented failure. */
interface Reply extends ErrorBody {
  readonly operation: Operation
  readonly requestId?: string
}

const classes = { BadRequest, Unauthorized, NotFound, UnprocessableEntity, InternalServerError }

/** The documented failures of an operation, as a union of their classes. */
export type Failure<O extends Operation> = InstanceType<(typeof classes)[FailureOf<O>]>

type Constructor<F> = new (reply: Reply, options?: MakeOptions) => F

const byStatus = <D extends Documented>(names: ReadonlyArray<D>) =>
  new Map(names.map((name) => [documented[name].status, classes[name]]))

const table: { readonly [O in Operation]: ReadonlyMap<number, Constructor<Failure<O>>> } = {
  findRecoveryCodes: byStatus(endpoints.findRecoveryCodes.failures),
  regenerateCodes: byStatus(endpoints.regenerateCodes.failures),
  receiveCodes: byStatus(endpoints.receiveCodes.failures),
  findEnsureOtp: byStatus(endpoints.findEnsureOtp.failures)
}

/** The classes of the failures that an operation documents, by status. */
export const failures = <O extends Operation>(operation: O): ReadonlyMap<number, Constructor<Failure<O>>> =>
  table[operation]
