/** Answers the API's requests with the operations: reads the token and the OTP, and makes the reply. */
import { authHeader, endpoints, otpHeader } from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import type { ApiError, RateLimited } from "@metal-otp/schema/OtpsError"
import type { OtpSeed } from "@metal-otp/schema/OtpSeed"
import { type RecoveryCodeList, values } from "@metal-otp/schema/RecoveryCodeList"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Backend, Operations } from "../Operations.ts"
import { preflight } from "./cors.ts"
import { type ApiTarget, maxOtpLength } from "./paths.ts"
import { emptyResponse, errorResponse, internalServerError, notFound, unauthorized } from "./replies.ts"

/** The token of a request; empty if it has none. */
export const tokenOf = ({ headers }: HttpServerRequest) => Redacted.make(headers[authHeader.toLowerCase()] ?? "")

interface Call {
  readonly operations: Operations
  readonly authToken: Redacted.Redacted<string>
  /** None if it is missing or unreadable. */
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

const otpInHeader = ({ headers }: HttpServerRequest) =>
  Option.fromUndefinedOr(headers[otpHeader]).pipe(
    Option.filter((otp) => otp !== "" && otp.length <= maxOtpLength),
    Option.map((otp) => Redacted.make(otp))
  )

/** The OTP, from the header or the path. */
const otpOf = (operation: Operation, request: HttpServerRequest, { otp }: ApiTarget) => {
  const endpoint = endpoints[operation]
  return "otp" in endpoint && endpoint.otp === "Header" ? otpInHeader(request) : otp
}

type Reply = Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError | RateLimited>

const list = (codes: RecoveryCodeList) => HttpServerResponse.jsonUnsafe({ recovery_codes: values(codes) })

const seed = ({ otpUri }: OtpSeed) => HttpServerResponse.jsonUnsafe({ otp_uri: Redacted.value(otpUri) })

const noContent = () => emptyResponse(204)

const ok = () => emptyResponse(200)

const unreadableOtp = errorResponse(400, "The OTP is not valid")

const missingOtp = errorResponse(401, `No OTP: send only the code in the header ${otpHeader}`)

const withOtp = (
  { authToken, otp }: Call,
  noOtp: HttpServerResponse.HttpServerResponse,
  operation: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, ApiError | RateLimited>,
  success: () => HttpServerResponse.HttpServerResponse
): Reply => (Option.isNone(otp) ? Effect.succeed(noOtp) : Effect.map(operation(authToken, otp.value), success))

const replies: { readonly [O in Operation]: (call: Call) => Reply } = {
  findRecoveryCodes: ({ authToken, operations }) => Effect.map(operations.findRecoveryCodes(authToken), list),
  regenerateCodes: ({ authToken, operations }) => Effect.map(operations.regenerateCodes(authToken), list),
  receiveCodes: ({ authToken, operations }) => Effect.map(operations.receiveCodes(authToken), noContent),
  findEnsureOtp: (call) => withOtp(call, unreadableOtp, call.operations.findEnsureOtp, noContent),
  seedApp: ({ authToken, operations }) => Effect.map(operations.seedApp(authToken), seed),
  enableTfaApp: (call) => withOtp(call, missingOtp, call.operations.enableTfaApp, ok),
  disableTfaApp: (call) => withOtp(call, missingOtp, call.operations.disableTfaApp, noContent),
  enableTfaSms: (call) => withOtp(call, missingOtp, call.operations.enableTfaSms, ok),
  disableTfaSms: (call) => withOtp(call, missingOtp, call.operations.disableTfaSms, noContent)
}

/** The API's text does not document 429 and `Retry-After`, but a client must be ready for them. */
const headersOf = (failure: ApiError | RateLimited) =>
  failure._tag === "RateLimited"
    ? { "retry-after": String(Math.ceil(Duration.toSeconds(failure.retryAfter ?? Duration.zero))) }
    : {}

const failureResponse = (failure: ApiError | RateLimited) => {
  const { error, errors, status } = failure
  const body: ErrorBody = { ...(error !== undefined && { error }), ...(errors !== undefined && { errors }) }
  return HttpServerResponse.jsonUnsafe(body, { status, headers: headersOf(failure) })
}

const carryOut = (operation: Operation, call: Call) =>
  replies[operation](call).pipe(
    Effect.withErrorReporting,
    Effect.catch((failure) => Effect.succeed(failureResponse(failure))),
    // The server runs handlers uninterruptibly. A client that disconnects must interrupt the delivery of its SMS.
    Effect.interruptible,
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.succeed(internalServerError)
    )
  )

const answerOptions = (request: HttpServerRequest, { allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : preflight(request, [...allowed].join(", "))

/** 404 for an unknown path, 405 for a wrong method. */
const noOperation = ({ allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : errorResponse(405, "Method not allowed", { allow: [...allowed].join(", ") })

/**
 * Answers a request to the API.
 *
 * @param emulator the operations and the users' tokens
 * @param request the request
 * @param target its path, parsed
 * @param authToken its token
 */
export const answer = (
  emulator: Backend,
  request: HttpServerRequest,
  target: ApiTarget,
  authToken: Redacted.Redacted<string>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const { operation } = target
  // Before the token is checked: browsers send none with a preflight request.
  if (request.method === "OPTIONS") return Effect.succeed(answerOptions(request, target))
  if (Option.isNone(emulator.serverHooks.nameOf(authToken))) return Effect.succeed(unauthorized)
  if (operation === undefined) return Effect.succeed(noOperation(target))
  return carryOut(operation, { operations: emulator, authToken, otp: otpOf(operation, request, target) })
}
