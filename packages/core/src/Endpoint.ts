/**
 * The table of endpoints: the request and the replies of each operation. The contract and the
 * clients are made from it.
 *
 * @since 0.1.0
 */
import type { Operation } from "./Operation.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * The documented failures, by the names of their classes: status, outcome and meaning.
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
 * Failures that the API sends without documenting them. The OpenAPI document leaves them out.
 * Source: issue 439 of metal-cli, where the body is `{"errors":["Invalid OTP"]}` and nobody found
 * the cause.
 *
 * @category constants
 * @since 0.1.0
 */
export const observed = {
  FailedDependency: { status: 424, outcome: "NotApplied", meaning: "failed dependency: is the OTP right?" }
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly outcome: Outcome; readonly meaning: string }>
>

/**
 * The name of a failure that the API sends without documenting it.
 *
 * @category models
 * @since 0.1.0
 */
export type Observed = keyof typeof observed

/**
 * The request and the replies of an operation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** The group of operations, by the API's name for it. */
  readonly group: "OTPs" | "TwoFactorAuth"
  /** Whether the operation only reads, or has an effect that must not happen twice. */
  readonly kind: "Read" | "Effect"
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "DELETE"
  /** The path below the base URL, as a template: `{otp}` stands for the OTP. */
  readonly path: `/${string}`
  /** Where the OTP travels, if the operation takes one: in the path, or in the header `otpHeader`. */
  readonly otp?: "Path" | "Header"
  /** The status that means success. */
  readonly success: 200 | 204
  /** A second status that means success. Its reply has no body. */
  readonly successWithoutBody?: 204
  /** The type of a success's body. Without it, the client ignores the body. */
  readonly body?: "RecoveryCodeList" | "OtpSeed"
  /** The documented failures. */
  readonly failures: ReadonlyArray<Documented>
  /** The failures that the API sends without documenting them. */
  readonly observed?: ReadonlyArray<Observed>
}

/**
 * The endpoints, under the names of their operations. Source: the API's OpenAPI text, paths below
 * `/user/otp`.
 *
 * For `seedApp`, the text documents a body under status 204, which can't carry one. So the body comes
 * with status 200, and 204 means that there is no seed.
 *
 * @category constants
 * @since 0.1.0
 */
export const endpoints = {
  findRecoveryCodes: {
    group: "OTPs",
    kind: "Read",
    method: "GET",
    path: "/user/otp/recovery-codes",
    success: 200,
    body: "RecoveryCodeList",
    failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
  },
  regenerateCodes: {
    group: "OTPs",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/recovery-codes",
    success: 200,
    body: "RecoveryCodeList",
    failures: ["Unauthorized", "NotFound", "UnprocessableEntity"]
  },
  receiveCodes: {
    group: "OTPs",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/sms/receive",
    success: 204,
    failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
  },
  findEnsureOtp: {
    group: "OTPs",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/verify/{otp}",
    otp: "Path",
    success: 204,
    failures: ["BadRequest", "Unauthorized"]
  },
  seedApp: {
    group: "OTPs",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/app/receive",
    success: 200,
    successWithoutBody: 204,
    body: "OtpSeed",
    failures: ["BadRequest", "Unauthorized", "UnprocessableEntity", "InternalServerError"]
  },
  enableTfaApp: {
    group: "TwoFactorAuth",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/app",
    otp: "Header",
    success: 200,
    failures: ["Unauthorized"],
    observed: ["FailedDependency"]
  },
  disableTfaApp: {
    group: "TwoFactorAuth",
    kind: "Effect",
    method: "DELETE",
    path: "/user/otp/app",
    otp: "Header",
    success: 204,
    failures: ["Unauthorized", "NotFound"],
    observed: ["FailedDependency"]
  },
  enableTfaSms: {
    group: "TwoFactorAuth",
    kind: "Effect",
    method: "POST",
    path: "/user/otp/sms",
    otp: "Header",
    success: 200,
    failures: ["Unauthorized"],
    observed: ["FailedDependency"]
  },
  disableTfaSms: {
    group: "TwoFactorAuth",
    kind: "Effect",
    method: "DELETE",
    path: "/user/otp/sms",
    otp: "Header",
    success: 204,
    failures: ["Unauthorized", "NotFound"],
    observed: ["FailedDependency"]
  }
} as const satisfies Readonly<Record<Operation, Endpoint>>

type ObservedOf<E> = E extends { readonly observed: ReadonlyArray<infer Name extends Observed> } ? Name : never

/**
 * The names of the failures that the API sends for an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureOf<O extends Operation> =
  | (typeof endpoints)[O]["failures"][number]
  | ObservedOf<(typeof endpoints)[O]>

/**
 * The header that carries the token.
 *
 * @category constants
 * @since 0.1.0
 */
export const authHeader = "X-Auth-Token"

/**
 * The header that carries the OTP of the operations that turn two-factor authentication on or off.
 *
 * @category constants
 * @since 0.1.0
 */
export const otpHeader = "x-otp-token"

/**
 * The headers that carry a secret, in lower case. Loggers and tracers have to hide them.
 *
 * @category constants
 * @since 0.1.0
 */
export const secretHeaders: ReadonlyArray<string> = ["x-auth-token", otpHeader]

/**
 * Where the API was until Equinix switched Metal off on 30 June 2026.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultBaseUrl = "https://api.equinix.com/metal/v1"
