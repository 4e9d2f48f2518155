import { authHeader } from "@metal-otp/schema/Endpoint"
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import type { ApiError, RateLimited } from "@metal-otp/schema/OtpsError"
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
import type { ApiTarget } from "./paths.ts"
import { errorResponse, internalServerError, notFound, unauthorized } from "./replies.ts"

/** Who says to be asking. */
export const tokenOf = ({ headers }: HttpServerRequest) => Redacted.make(headers[authHeader.toLowerCase()] ?? "")

/** An operation that is asked for, by a user. */
interface Call {
  readonly operations: Operations
  readonly authToken: Redacted.Redacted<string>
  /** None if it can't be read. */
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

type Reply = Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError | RateLimited>

const list = (codes: RecoveryCodeList) => HttpServerResponse.jsonUnsafe({ recovery_codes: values(codes) })

const noContent = () => HttpServerResponse.empty()

const unreadable = errorResponse(400, "The OTP is not valid")

const replies: { readonly [O in Operation]: (call: Call) => Reply } = {
  findRecoveryCodes: ({ authToken, operations }) => Effect.map(operations.findRecoveryCodes(authToken), list),
  regenerateCodes: ({ authToken, operations }) => Effect.map(operations.regenerateCodes(authToken), list),
  receiveCodes: ({ authToken, operations }) => Effect.map(operations.receiveCodes(authToken), noContent),
  findEnsureOtp: ({ authToken, operations, otp }) =>
    Option.isNone(otp)
      ? Effect.succeed(unreadable)
      : Effect.map(operations.findEnsureOtp(authToken, otp.value), noContent),
  seedApp: () => Effect.succeed(notFound),
  enableTfaApp: () => Effect.succeed(notFound),
  disableTfaApp: () => Effect.succeed(notFound),
  enableTfaSms: () => Effect.succeed(notFound),
  disableTfaSms: () => Effect.succeed(notFound)
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
  const { operation, otp } = target
  if (request.method === "OPTIONS") return Effect.succeed(options(request, target))
  if (Option.isNone(emulator.serving.nameOf(authToken))) return Effect.succeed(unauthorized)
  if (operation === undefined) return Effect.succeed(noOperation(target))
  return carriedOut(operation, { operations: emulator, authToken, otp })
}
