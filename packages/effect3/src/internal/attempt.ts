import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type { Headers } from "@effect/platform/Headers"
import { isJson } from "@metal-otp/core/Body"
import { authHeader, type Endpoint, endpoints, otpHeader } from "@metal-otp/core/Endpoint"
import * as ErrorBody from "@metal-otp/core/ErrorBody"
import { hiding, mask, type Masker } from "@metal-otp/core/Mask"
import * as Memo from "@metal-otp/core/Memo"
import * as Outcome from "@metal-otp/core/Outcome"
import * as RequestId from "@metal-otp/core/RequestId"
import * as Telemetry from "@metal-otp/core/Telemetry"
import * as TransportError from "@metal-otp/core/TransportError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import type * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { Operation } from "../Operation.ts"
import { type CallError, MalformedResponse, type OtpsError, TransportFailure } from "../OtpsError.ts"
import * as Body from "./body.ts"
import { within } from "./deadline.ts"
import type { Failure } from "./documented.ts"
import { asIs } from "./made.ts"
import * as ReplyFailure from "./replyFailure.ts"
import type { Settings } from "./settings.ts"

const readMessages = /* @__PURE__ */ Body.json(ErrorBody.read)

/** The parts that all tries of one operation share. */
interface Plan<O extends Operation, A> {
  /** The transport, which lets go of a request when its scope closes. */
  readonly http: HttpClient.HttpClient.With<HttpClientError, Scope.Scope>
  readonly operation: O
  readonly isSuccess: (status: number) => boolean
  readonly read: Body.Read<A>
  readonly maxBodySize: number
  readonly requestOf: (token: string, otp: string | undefined) => HttpClientRequest.HttpClientRequest
  readonly hidingToken: (token: string) => Masker
}

/**
 * One try. It sends the request through the transport, and decodes the bounded reply or turns it
 * into a failure. It owns its progress, which decides the outcome if the try ends early.
 */
export class Attempt<O extends Operation, A> {
  /** The status of the reply, once one has come. */
  status: number | undefined
  #isSent = false
  #isApplied = false
  #isComplete = false
  #headers: Headers | undefined
  /** Made on demand: for an OTP it costs more than the rest of a failure. */
  #masker: Masker | undefined
  #replyFailure: ReplyFailure.ReplyFailure<Failure<O>> | undefined
  readonly #plan: Plan<O, A>
  readonly #token: string
  readonly #otp: string | undefined

  constructor(plan: Plan<O, A>, token: string, otp: string | undefined) {
    this.#plan = plan
    this.#token = token
    this.#otp = otp
  }

  /**
   * Sends the request and reads the reply. Aborts what is not complete.
   *
   * @param runtime what the request is made with
   * @param millis how long it may take
   */
  run(runtime: Runtime.Runtime<never>, millis: number): Effect.Effect<Exit.Exit<A, Failure<O> | CallError>> {
    return within(this.#exchange(), runtime, millis, (ended) => {
      if (ended === undefined) return Exit.fail(this.cutOff("TimedOut"))
      if (Exit.isSuccess(ended)) return ended
      // A defect of the transport may hold the request, and so may the annotations of an interruption.
      if (Cause.isDie(ended.cause)) return Exit.fail(this.cutOff("Other"))
      return Cause.isInterrupted(ended.cause) ? Exit.interrupt(FiberId.none) : ended
    })
  }

  /** The failure of a call that is cut off. */
  cutOff(reason: "TimedOut" | "Other"): Failure<O> | CallError {
    return this.#replyFailure === undefined
      ? this.#transportFailure({ reason, outcome: this.#isSent ? "Unknown" : "NotApplied" })
      : this.#replyFailure({})
  }

  /** The id of the request, if the reply had one. Secrets in it are masked. */
  requestId(): string | undefined {
    return this.#headers && RequestId.read(this.#headers, () => this.#hide())
  }

  /** OpenTelemetry's `error.type` of a failure of this try. */
  errorType(failure: OtpsError): string {
    return Telemetry.errorType(failure, this.#replyFailure === undefined ? undefined : this.status)
  }

  #exchange(): Effect.Effect<A, Failure<O> | CallError> {
    return Effect.flatMap(Scope.make(), (scope) => {
      const request = this.#plan.requestOf(this.#token, this.#otp)
      this.#isSent = true
      const received = Effect.matchEffect(Scope.extend(this.#plan.http.execute(request), scope), {
        onFailure: (error) => this.#refused(request, error),
        onSuccess: (response) => this.#receive(response)
      })
      return Effect.onExit(received, (exit) => (this.#isComplete ? Effect.void : Scope.close(scope, exit)))
    })
  }

  #receive(response: HttpClientResponse): Effect.Effect<A, Failure<O> | CallError> {
    const { isSuccess, maxBodySize, read } = this.#plan
    const { headers, status } = response
    // A status has three digits (RFC 9110 15), but browsers accept more. They would make a metric for each.
    if (!Number.isInteger(status) || status > 999) return Effect.die("The reply has no status")
    this.status = status
    this.#headers = headers
    const atEnd = () => {
      // After a 101, the connection speaks another protocol (RFC 9110 15.2.2).
      this.#isComplete = status >= 200
    }
    if (isSuccess(status)) {
      // Anybody on the way can answer 200. Only JSON counts as the API's reply.
      this.#isApplied = status === 204 || isJson(headers["content-type"])
      return Effect.mapError(read(response, headers, maxBodySize, atEnd), (failure) => this.#unread(status, failure))
    }
    return Effect.clockWith((clock) => {
      const fail = ReplyFailure.make(status, headers, clock.unsafeCurrentTimeMillis(), this.#called())
      this.#replyFailure = fail
      // An unreadable body is ignored, because the status says enough.
      return Effect.matchEffect(readMessages(response, headers, maxBodySize, atEnd), {
        onFailure: () => Effect.fail(fail({})),
        onSuccess: (body) => Effect.fail(fail(mask(body, this.#hide())))
      })
    })
  }

  #hide(): Masker {
    return (this.#masker ??=
      this.#otp === undefined ? this.#plan.hidingToken(this.#token) : hiding([this.#token, this.#otp]))
  }

  #refused(
    request: HttpClientRequest.HttpClientRequest,
    error: HttpClientError
  ): Effect.Effect<A, Failure<O> | CallError> {
    // A wrapper of the transport may call other servers. Their errors prove nothing about this request.
    if (!isOf(request, error)) return Effect.fail(this.cutOff("Other"))
    // An `HttpClient` that fails on a status has a reply nevertheless.
    if (error._tag === "ResponseError") return this.#receive(error.response)
    // Node's fetch throws where nobody can catch it when it is aborted after it has failed on a reply's codings.
    this.#isComplete = true
    return Effect.fail(
      this.#transportFailure(
        error.reason === "Transport" ? TransportError.diagnose(error.cause) : { reason: "Other", outcome: "NotApplied" }
      )
    )
  }

  #unread(status: number, failure: Body.BodyFailure): CallError {
    if (failure._tag === "Bad") return this.#malformed(status, failure.reason)
    const diagnosis = TransportError.diagnose(failure.cause)
    return diagnosis.undecodable === true ? this.#malformed(status, "Undecodable") : this.#transportFailure(diagnosis)
  }

  /** The outcome of a try that gets no more of its reply. */
  #outcome(unanswered: Outcome.Outcome): Outcome.Outcome {
    if (this.status === undefined) return unanswered
    return this.#isApplied ? "Applied" : Outcome.fromStatus(this.status)
  }

  /** The fields of every failure of this try. */
  #called(): { readonly operation: O; readonly requestId?: string } {
    const { operation } = this.#plan
    const requestId = this.requestId()
    return requestId === undefined ? { operation } : { operation, requestId }
  }

  #malformed(status: number, reason: MalformedResponse["reason"]) {
    const outcome = this.#outcome("Unknown")
    return new MalformedResponse({ ...this.#called(), status, reason, outcome }, asIs)
  }

  #transportFailure({ code, outcome, reason }: TransportError.Diagnosis) {
    return new TransportFailure(
      {
        ...this.#called(),
        reason,
        outcome: this.#outcome(outcome),
        ...(code === undefined ? {} : { code })
      },
      asIs
    )
  }
}

/** Whether an error belongs to this request. */
const isOf = (ours: HttpClientRequest.HttpClientRequest, { request }: HttpClientError) => {
  const name = authHeader.toLowerCase()
  return request.url === ours.url && request.method === ours.method && request.headers[name] === ours.headers[name]
}

/**
 * Makes the tries of one operation: a function of the plain token and OTP.
 *
 * @param http the transport
 * @param settings the client's, checked
 * @param operation what is called
 * @param read how its success is read
 */
export const make = <O extends Operation, A>(
  http: HttpClient.HttpClient,
  { baseUrl, maxBodySize, userAgent }: Settings,
  operation: O,
  read: Body.Read<A>
) => {
  const { method, otp: place, path, success, successWithoutBody }: Endpoint = endpoints[operation]
  const url = baseUrl.href + path
  const template = HttpClientRequest.make(method)(url, {
    headers: {
      accept: "application/json",
      "accept-encoding": "identity",
      ...(userAgent === undefined ? {} : { "user-agent": userAgent })
    }
  })
  const authorized = Memo.last((token: string) => HttpClientRequest.setHeader(template, authHeader, token))
  const carrying = (request: HttpClientRequest.HttpClientRequest, otp: string | undefined) => {
    if (otp !== undefined && place === "Header") return HttpClientRequest.setHeader(request, otpHeader, otp)
    // Each request must be its own object, because its scope is found by it.
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
    requestOf: (token, otp) => carrying(authorized(token), otp),
    hidingToken: Memo.last((token: string) => hiding([token]))
  }
  return (token: string, otp: string | undefined) => new Attempt(plan, token, otp)
}
