/**
 * How each operation is called and answered. The contract and the clients use this table.
 *
 * @since 0.1.0
 */
import type { Operation } from "./Operation.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * The documented failures by the names of their classes: status, outcome and meaning.
 *
 * @category constants
 * @since 0.1.0
 */
export const documented = {
  BadRequest: { status: 400, outcome: "NotApplied", meaning: "bad request" },
  Unauthorized: { status: 401, outcome: "NotApplied", meaning: "unauthorized: check the auth token" },
  NotFound: { status: 404, outcome: "NotApplied", meaning: "not found: is two-factor authentication on?" },
  UnprocessableEntity: { status: 422, outcome: "NotApplied", meaning: "unprocessable entity" },
  InternalServerError: { status: 500, outcome: "Unknown", meaning: "internal server error" }
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly outcome: Outcome; readonly meaning: string }>
>

/**
 * The name of a failure that the API documents.
 *
 * @category models
 * @since 0.1.0
 */
export type Documented = keyof typeof documented

/**
 * How an operation is called and answered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** Whether the operation reads only, or has an effect that must not happen twice. */
  readonly kind: "Read" | "Effect"
  /** The HTTP method. */
  readonly method: "GET" | "POST"
  /** The path below the base URL, as a template: `{otp}` stands for the OTP. */
  readonly path: `/${string}`
  /** The one status that means success. */
  readonly success: 200 | 204
  /** The documented failures. */
  readonly failures: ReadonlyArray<Documented>
}

/**
 * The endpoints, under the names of their operations. Source: the API's
 * OpenAPI text, paths below `/user/otp`.
 *
 * @category constants
 * @since 0.1.0
 */
export const endpoints = {
  findRecoveryCodes: {
    kind: "Read",
    method: "GET",
    path: "/user/otp/recovery-codes",
    success: 200,
    failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
  },
  regenerateCodes: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/recovery-codes",
    success: 200,
    failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
  },
  receiveCodes: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/sms/receive",
    success: 204,
    failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
  },
  findEnsureOtp: {
    kind: "Effect",
    method: "POST",
    path: "/user/otp/verify/{otp}",
    success: 204,
    failures: ["BadRequest", "Unauthorized"]
  }
} as const satisfies Readonly<Record<Operation, Endpoint>>

/**
 * The names of the failures that an operation documents.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureOf<O extends Operation> = (typeof endpoints)[O]["failures"][number]

/**
 * The header that carries the token.
 *
 * @category constants
 * @since 0.1.0
 */
export const authHeader = "X-Auth-Token"

/**
 * Where the API was until Equinix switched Metal off on 30 June 2026.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultBaseUrl = "https://api.equinix.com/metal/v1"
