/**
 * The one place that says how each operation is called and answered. The
 * contract (`Api`) and the client are both made from it.
 */
import type { ErrorBody } from "./ErrorBody.ts"
import type { Operation } from "./Operation.ts"
import {
  type ApiError,
  BadRequest,
  InternalServerError,
  NotFound,
  Unauthorized,
  UnprocessableEntity
} from "./OtpsError.ts"

/** How an operation is called and answered. `F` is the union of its documented failures. */
export interface Endpoint<out F> {
  /** Whether the operation only reads, or has an effect that must not happen twice. */
  readonly kind: "Read" | "Effect"
  /** The HTTP method. */
  readonly method: "GET" | "POST"
  /** The path below the base URL, as a template: `{otp}` stands for the OTP. */
  readonly path: `/${string}`
  /** The one status that means success. */
  readonly success: 200 | 204
  /** The documented failures, by status. */
  readonly failures: { readonly [status: number]: new (reply: Reply) => F }
}

/** What a documented failure is made of. */
export interface Reply extends ErrorBody {
  readonly operation: Operation
}

/**
 * The endpoints, under the names of their operations. Source: the API's
 * OpenAPI text, paths below `/user/otp`.
 */
export const endpoints = {
  findRecoveryCodes: {
    kind: "Read",
    method: "GET",
    path: "/user/otp/recovery-codes",
    success: 200,
    failures: { 401: Unauthorized, 404: NotFound, 422: UnprocessableEntity }
  },
  regenerateCodes: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/recovery-codes",
    success: 200,
    failures: { 401: Unauthorized, 404: NotFound, 422: UnprocessableEntity }
  },
  receiveCodes: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/sms/receive",
    success: 204,
    failures: { 400: BadRequest, 401: Unauthorized, 422: UnprocessableEntity, 500: InternalServerError }
  },
  findEnsureOtp: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/verify/{otp}",
    success: 204,
    failures: { 400: BadRequest, 401: Unauthorized }
  }
} as const satisfies Record<Operation, Endpoint<ApiError>>

type Failures<O extends Operation> = (typeof endpoints)[O]["failures"]

type InstanceOf<C> = C extends new (reply: Reply) => infer A ? Extract<A, ApiError> : never

/** The documented failures of an operation, as a union of their classes. */
export type Failure<O extends Operation> = InstanceOf<Failures<O>[keyof Failures<O>]>

const table: { readonly [O in Operation]: Endpoint<Failure<O>> } = endpoints

/**
 * The endpoint of an operation, typed by the failures that it documents.
 *
 * @param operation the operation's name
 */
export const get = <O extends Operation>(operation: O): Endpoint<Failure<O>> => table[operation]

/** The header that carries the token. */
export const authHeader = "X-Auth-Token"

/** Where the API was until Equinix switched Metal off on 30 June 2026. */
export const defaultBaseUrl = "https://api.equinix.com/metal/v1"
