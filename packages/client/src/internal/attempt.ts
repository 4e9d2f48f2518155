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
  readonly #scope = Scope.makeUnsafe()

  constructor(plan: Plan<O, A>, token: string, otp: string | undefined) {
    this.#plan = plan
    this.#token = token
    this.#otp = otp
  }

  /**
   * Sends the request and reads the reply. Aborts what is not complete.
   *
   * @param context what the request is made in
   * @param millis how long it may take
   * @param before what has to succeed before the request is sent
   */
  run(
    context: Context.Context<never>,
    millis: number,
    before: Effect.Effect<void, CallError> | undefined
  ): Effect.Effect<Exit.Exit<A, Failure<O> | CallError>> {
    const exchange = Effect.suspend(() => this.#exchange())
    const work = before === undefined ? exchange : Effect.andThen(before, exchange)
    return within(work, Context.add(context, Scope.Scope, this.#scope), millis, (ended) => {
      if (ended === undefined) return Exit.fail(this.cutOff("TimedOut"))
      // A defect of the transport may hold the request, and so may the annotations of an interruption.
      if (Exit.hasDies(ended)) return Exit.fail(this.cutOff("Other"))
      return Exit.hasInterrupts(ended) ? Exit.interrupt() : ended
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

  #exchange(): Effect.Effect<A, Failure<O> | CallError, Scope.Scope> {
    const request = this.#plan.requestOf(this.#token, this.#otp)
    this.#isSent = true
    const received = Effect.matchEffect(this.#plan.http.execute(request), {
      onFailure: (error) => this.#refused(request, error),
      onSuccess: (response) => this.#receive(response)
    })
    return Effect.onExit(received, (exit) => (this.#isComplete ? Effect.void : Scope.close(this.#scope, exit)))
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
      // Anybody on the way can answer 200: only JSON is the API's word.
      this.#isApplied = status === 204 || isJson(headers["content-type"])
      return Effect.mapError(read(response, headers, maxBodySize, atEnd), (failure) => this.#unread(status, failure))
    }
    return Clock.clockWith((clock) => {
      const fail = ReplyFailure.make(status, headers, clock.currentTimeMillisUnsafe(), this.#called())
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
    if (error.response !== undefined) return this.#receive(error.response)
    // Node's fetch throws where nobody can catch it when it is aborted after it has failed on a reply's codings.
    this.#isComplete = true
    const { reason } = error
    return Effect.fail(
      this.#transportFailure(
        reason._tag === "TransportError"
          ? TransportError.diagnose(reason.cause)
          : { reason: "Other", outcome: "NotApplied" }
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
    return new MalformedResponse({ ...this.#called(), status, reason, outcome: this.#outcome("Unknown") })
  }

  #transportFailure({ code, outcome, reason }: TransportError.Diagnosis) {
    return new TransportFailure({
      ...this.#called(),
      reason,
      outcome: this.#outcome(outcome),
      ...(code === undefined ? {} : { code })
    })
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
    // Each request must be an object of its own: its scope is found by it.
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
