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
import type { Operations, Served } from "../Operations.ts"
import { preflight } from "./cors.ts"
import { type ApiTarget, longestOtp } from "./paths.ts"
import { bodiless, errorResponse, internalServerError, notFound, unauthorized } from "./replies.ts"

/** Who says to be asking. */
export const tokenOf = ({ headers }: HttpServerRequest) => Redacted.make(headers[authHeader.toLowerCase()] ?? "")

/** An operation that is asked for, by a user. */
interface Call {
  readonly operations: Operations
  readonly authToken: Redacted.Redacted<string>
  /** None if it can't be read, or is not there. */
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

/** The OTP in the header; none without one that can be. */
const otpInHeader = ({ headers }: HttpServerRequest) =>
  Option.fromUndefinedOr(headers[otpHeader]).pipe(
    Option.filter((otp) => otp !== "" && otp.length <= longestOtp),
    Option.map((otp) => Redacted.make(otp))
  )

/** The OTP where the operation has it. */
const otpOf = (operation: Operation, request: HttpServerRequest, { otp }: ApiTarget) => {
  const endpoint = endpoints[operation]
  return "otp" in endpoint && endpoint.otp === "Header" ? otpInHeader(request) : otp
}

type Reply = Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError | RateLimited>

const list = (codes: RecoveryCodeList) => HttpServerResponse.jsonUnsafe({ recovery_codes: values(codes) })

const seed = ({ otpUri }: OtpSeed) => HttpServerResponse.jsonUnsafe({ otp_uri: Redacted.value(otpUri) })

const noContent = () => bodiless(204)

const ok = () => bodiless(200)

const unreadable = errorResponse(400, "The OTP is not valid")

const noOtp = errorResponse(401, `No OTP: send it in the header ${otpHeader}, by itself`)

const withOtp = (
  { authToken, otp }: Call,
  missing: HttpServerResponse.HttpServerResponse,
  operation: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, ApiError | RateLimited>,
  done: () => HttpServerResponse.HttpServerResponse
): Reply => (Option.isNone(otp) ? Effect.succeed(missing) : Effect.map(operation(authToken, otp.value), done))

const replies: { readonly [O in Operation]: (call: Call) => Reply } = {
  findRecoveryCodes: ({ authToken, operations }) => Effect.map(operations.findRecoveryCodes(authToken), list),
  regenerateCodes: ({ authToken, operations }) => Effect.map(operations.regenerateCodes(authToken), list),
  receiveCodes: ({ authToken, operations }) => Effect.map(operations.receiveCodes(authToken), noContent),
  findEnsureOtp: (call) => withOtp(call, unreadable, call.operations.findEnsureOtp, noContent),
  seedApp: ({ authToken, operations }) => Effect.map(operations.seedApp(authToken), seed),
  enableTfaApp: (call) => withOtp(call, noOtp, call.operations.enableTfaApp, ok),
  disableTfaApp: (call) => withOtp(call, noOtp, call.operations.disableTfaApp, noContent),
  enableTfaSms: (call) => withOtp(call, noOtp, call.operations.enableTfaSms, ok),
  disableTfaSms: (call) => withOtp(call, noOtp, call.operations.disableTfaSms, noContent)
}

/** 429 is not among the replies that the API's text documents, but what a client has to be ready for. */
const headersOf = (refusal: ApiError | RateLimited) =>
  refusal._tag === "RateLimited"
    ? { "retry-after": String(Math.ceil(Duration.toSeconds(refusal.retryAfter ?? Duration.zero))) }
    : {}

const refused = (refusal: ApiError | RateLimited) => {
  const { error, errors, status } = refusal
  const body: ErrorBody = { ...(error !== undefined && { error }), ...(errors !== undefined && { errors }) }
  return HttpServerResponse.jsonUnsafe(body, { status, headers: headersOf(refusal) })
}

const carriedOut = (operation: Operation, call: Call) =>
  replies[operation](call).pipe(
    Effect.withErrorReporting,
    Effect.catch((refusal) => Effect.succeed(refused(refusal))),
    // A server's fiber is not by itself: who goes away takes the SMS with them that is being delivered.
    Effect.interruptible,
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.succeed(internalServerError)
    )
  )

/** OPTIONS needs no token: a browser sends none with it. */
const options = (request: HttpServerRequest, { allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : preflight(request, [...allowed].join(", "))

/** 404 for a path that means nothing, or 405 with what the path allows. */
const noOperation = ({ allowed }: ApiTarget) =>
  allowed.size === 0 ? notFound : errorResponse(405, "Method not allowed", { allow: [...allowed].join(", ") })

/**
 * Answers a request to the API.
 *
 * @param emulator the operations, and who is who
 * @param request what was asked
 * @param target what that means
 * @param authToken who says to be asking
 */
export const answer = (
  emulator: Served,
  request: HttpServerRequest,
  target: ApiTarget,
  authToken: Redacted.Redacted<string>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const { operation } = target
  if (request.method === "OPTIONS") return Effect.succeed(options(request, target))
  if (Option.isNone(emulator.serving.nameOf(authToken))) return Effect.succeed(unauthorized)
  if (operation === undefined) return Effect.succeed(noOperation(target))
  return carriedOut(operation, { operations: emulator, authToken, otp: otpOf(operation, request, target) })
}
