/** Runs one try of a call: it sends the request, reads the reply, and decides the outcome of a failure. */
import { isJson } from "@metal-otp/core/Body"
import { authHeader, type Endpoint, endpoints, otpHeader } from "@metal-otp/core/Endpoint"
import * as ErrorBody from "@metal-otp/core/ErrorBody"
import { hiding, mask, type Masker } from "@metal-otp/core/Mask"
import * as Memo from "@metal-otp/core/Memo"
import * as Outcome from "@metal-otp/core/Outcome"
import * as RequestId from "@metal-otp/core/RequestId"
import * as Telemetry from "@metal-otp/core/Telemetry"
import * as TransportError from "@metal-otp/core/TransportError"
import type { Failure } from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import { type CallError, MalformedResponse, type OtpsError, TransportFailure } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { Headers } from "effect/http/Headers"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Scope from "effect/Scope"
import * as Body from "./body.ts"
import { within } from "./deadline.ts"
import * as ReplyFailure from "./replyFailure.ts"
import type { Settings } from "./settings.ts"

const readMessages = /* @__PURE__ */ Body.json(ErrorBody.read)

/** What all tries of one operation share. */
interface Plan<O extends Operation, A> {
  /** The transport. It aborts a request when the request's scope closes. */
  readonly http: HttpClient.HttpClient.With<HttpClientError, Scope.Scope>
  readonly operation: O
  readonly isSuccess: (status: number) => boolean
  readonly read: Body.Read<A>
  readonly maxBodySize: number
  readonly makeRequest: (token: string, otp: string | undefined) => HttpClientRequest.HttpClientRequest
  readonly makeTokenMasker: (token: string) => Masker
}

/**
 * One try: a request and its reply. It keeps its progress, because that decides the outcome if the
 * try is cut off.
 */
export class Attempt<O extends Operation, A> {
  /** The status of the reply, once it has come. */
  status: number | undefined
  /** Whether the transport has the request. */
  #isSent = false
  /** Whether the reply proves that the operation was carried out. */
  #isApplied = false
  /** Whether nothing is left to abort. */
  #isComplete = false
  #headers: Headers | undefined
  /** Made on demand: the masker of an OTP costs more than the rest of a failure. */
  #masker: Masker | undefined
  #replyFailure: ReplyFailure.ReplyFailure<Failure<O>> | undefined
  readonly #plan: Plan<O, A>
  readonly #token: string
  readonly #otp: string | undefined
  readonly #scope = Scope.makeUnsafe()

  constructor(plan: Plan<O, A>, token: string, otp: string | undefined) {
    this.#plan = plan
    this.#token = token
    this.#otp = otp
  }

  /**
   * Sends the request and reads the reply. At the deadline, or if the reply is not read to its end, it
   * aborts the request.
   *
   * @param context the context of the request
   * @param millis the time until the deadline, in milliseconds
   * @param before an effect that must succeed before the request is sent
   */
  run(
    context: Context.Context<never>,
    millis: number,
    before: Effect.Effect<void, CallError> | undefined
  ): Effect.Effect<Exit.Exit<A, Failure<O> | CallError>> {
    const exchange = Effect.suspend(() => this.#exchange())
    const work = before === undefined ? exchange : Effect.andThen(before, exchange)
    return within(work, Context.add(context, Scope.Scope, this.#scope), millis, (exit) => {
      if (exit === undefined) return Exit.fail(this.cutOffFailure("TimedOut"))
      // A defect of the transport may hold the request, and so may the annotations of an interruption.
      if (Exit.hasDies(exit)) return Exit.fail(this.cutOffFailure("Other"))
      return Exit.hasInterrupts(exit) ? Exit.interrupt() : exit
    })
  }

  /** Makes the failure of a try that is cut off now. */
  cutOffFailure(reason: "TimedOut" | "Other"): Failure<O> | CallError {
    return this.#replyFailure === undefined
      ? this.#transportFailure({ reason, outcome: this.#isSent ? "Unknown" : "NotApplied" })
      : this.#replyFailure({})
  }

  /** The id of the request, if the reply has one. Secrets in it are masked. */
  requestId(): string | undefined {
    return this.#headers && RequestId.read(this.#headers, () => this.#getMasker())
  }

  /** The `error.type` attribute of OpenTelemetry for a failure of this try. */
  errorType(failure: OtpsError): string {
    return Telemetry.errorType(failure, this.#replyFailure === undefined ? undefined : this.status)
  }

  #exchange(): Effect.Effect<A, Failure<O> | CallError, Scope.Scope> {
    const request = this.#plan.makeRequest(this.#token, this.#otp)
    this.#isSent = true
    const received = Effect.matchEffect(this.#plan.http.execute(request), {
      onFailure: (error) => this.#handleError(request, error),
      onSuccess: (response) => this.#receive(response)
    })
    return Effect.onExit(received, (exit) => (this.#isComplete ? Effect.void : Scope.close(this.#scope, exit)))
  }

  #receive(response: HttpClientResponse): Effect.Effect<A, Failure<O> | CallError> {
    const { isSuccess, maxBodySize, read } = this.#plan
    const { headers, status } = response
    // A status has three digits (RFC 9110 15), but browsers accept more. Each would become a metric of its own.
    if (!Number.isInteger(status) || status > 999) return Effect.die("Invalid status")
    this.status = status
    this.#headers = headers
    const atEnd = () => {
      // After a 101, the connection speaks another protocol (RFC 9110 15.2.2).
      this.#isComplete = status >= 200
    }
    if (isSuccess(status)) {
      // Captive portals and gateways answer 200 too, with HTML. Only JSON shows that the API replied.
      this.#isApplied = status === 204 || isJson(headers["content-type"])
      return Effect.mapError(read(response, headers, maxBodySize, atEnd), (failure) =>
        this.#bodyFailure(status, failure)
      )
    }
    return Clock.clockWith((clock) => {
      const makeFailure = ReplyFailure.make(status, headers, clock.currentTimeMillisUnsafe(), this.#fields())
      this.#replyFailure = makeFailure
      // The status decides the failure. An unreadable body only means that it has no messages.
      return Effect.matchEffect(readMessages(response, headers, maxBodySize, atEnd), {
        onFailure: () => Effect.fail(makeFailure({})),
        onSuccess: (body) => Effect.fail(makeFailure(mask(body, this.#getMasker())))
      })
    })
  }

  #getMasker(): Masker {
    return (this.#masker ??=
      this.#otp === undefined ? this.#plan.makeTokenMasker(this.#token) : hiding([this.#token, this.#otp]))
  }

  #handleError(
    request: HttpClientRequest.HttpClientRequest,
    error: HttpClientError
  ): Effect.Effect<A, Failure<O> | CallError> {
    // A wrapper of the transport may call other servers. Their errors prove nothing about this request.
    if (!isErrorOf(request, error)) return Effect.fail(this.cutOffFailure("Other"))
    // An `HttpClient` may be set to fail on an error status. Its error has the reply.
    if (error.response !== undefined) return this.#receive(error.response)
    // Do not abort a request that has failed: after a failure to decompress, Node's fetch then throws an uncaught error.
    this.#isComplete = true
    const { reason } = error
    return Effect.fail(
      this.#transportFailure(
        reason._tag === "TransportError"
          ? TransportError.diagnose(reason.cause)
          : // Effect could not encode the request or parse its URL.
            { reason: "Other", outcome: "NotApplied" }
      )
    )
  }

  #bodyFailure(status: number, failure: Body.BodyFailure): CallError {
    if (failure._tag === "Malformed") return this.#malformed(status, failure.reason)
    const diagnosis = TransportError.diagnose(failure.cause)
    return diagnosis.undecodable === true ? this.#malformed(status, "Undecodable") : this.#transportFailure(diagnosis)
  }

  /** The outcome by the reply's status, or `withoutReply` if none has come. */
  #outcome(withoutReply: Outcome.Outcome): Outcome.Outcome {
    if (this.status === undefined) return withoutReply
    return this.#isApplied ? "Applied" : Outcome.fromStatus(this.status)
  }

  /** The fields of every failure of this try. */
  #fields(): { readonly operation: O; readonly requestId?: string } {
    const { operation } = this.#plan
    const requestId = this.requestId()
    return requestId === undefined ? { operation } : { operation, requestId }
  }

  #malformed(status: number, reason: MalformedResponse["reason"]) {
    return new MalformedResponse({ ...this.#fields(), status, reason, outcome: this.#outcome("Unknown") })
  }

  #transportFailure({ code, outcome, reason }: TransportError.Diagnosis) {
    return new TransportFailure({
      ...this.#fields(),
      reason,
      outcome: this.#outcome(outcome),
      ...(code === undefined ? {} : { code })
    })
  }
}

const authHeaderKey = /* @__PURE__ */ authHeader.toLowerCase()

/** Whether an error is about this request, and not about another one that a wrapper of the transport sent. */
const isErrorOf = (ours: HttpClientRequest.HttpClientRequest, { request }: HttpClientError) =>
  request.url === ours.url &&
  request.method === ours.method &&
  request.headers[authHeaderKey] === ours.headers[authHeaderKey]

/**
 * Returns a function that makes the tries of one operation from the plain token and OTP.
 *
 * @param http the transport
 * @param settings the client's settings
 * @param operation the operation
 * @param read reads the body of a success
 */
export const make = <O extends Operation, A>(
  http: HttpClient.HttpClient,
  { baseUrl, maxBodySize, userAgent }: Settings,
  operation: O,
  read: Body.Read<A>
) => {
  const { method, otp: otpPlace, path, success, successWithoutBody }: Endpoint = endpoints[operation]
  const url = baseUrl.href + path
  const template = HttpClientRequest.make(method)(url, {
    headers: {
      accept: "application/json",
      "accept-encoding": "identity",
      ...(userAgent === undefined ? {} : { "user-agent": userAgent })
    }
  })
  const authorized = Memo.last((token: string) => HttpClientRequest.setHeader(template, authHeader, token))
  const withOtp = (request: HttpClientRequest.HttpClientRequest, otp: string | undefined) => {
    if (otp !== undefined && otpPlace === "Header") return HttpClientRequest.setHeader(request, otpHeader, otp)
    // Each try needs its own request object: `HttpClient.withScope` finds its abort controller by the object.
    return HttpClientRequest.setUrl(
      request,
      otp === undefined ? url : baseUrl.href + path.replace("{otp}", () => encodeURIComponent(otp))
    )
  }
  const plan: Plan<O, A> = {
    http: HttpClient.withScope(http),
    operation,
    isSuccess: (status) => status === success || status === successWithoutBody,
    read,
    maxBodySize,
    makeRequest: (token, otp) => withOtp(authorized(token), otp),
    makeTokenMasker: Memo.last((token: string) => hiding([token]))
  }
  return (token: string, otp: string | undefined) => new Attempt(plan, token, otp)
}
