import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type { Headers } from "@effect/platform/Headers"
import { isJson } from "@metal-otp/core/Body"
import { authHeader, endpoints } from "@metal-otp/core/Endpoint"
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

/** What the tries of one operation share. */
interface Plan<O extends Operation, A> {
  /** The transport, which lets go of a request when its scope closes. */
  readonly http: HttpClient.HttpClient.With<HttpClientError, Scope.Scope>
  readonly operation: O
  readonly success: 200 | 204
  readonly read: Body.Read<A>
  readonly maxBodySize: number
  readonly requestOf: (token: string, otp: string | undefined) => HttpClientRequest.HttpClientRequest
  readonly hidingToken: (token: string) => Masker
}

/**
 * One try: the request sent through the transport, the reply read within bounds
 * and decoded, or turned into the failure that it means. It owns its progress,
 * and what ends it early is judged by that.
 */
export class Attempt<O extends Operation, A> {
  /** The status of the reply, once one has come. */
  status: number | undefined
  #isSent = false
  #isApplied = false
  #isComplete = false
  #headers: Headers | undefined
  /** Made when there is something to mask: for an OTP it costs more than the rest of a failure. */
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
   * Sends the request and reads the reply. What has not come to its end is
   * aborted.
   *
   * @param runtime what the request is made with
   * @param millis how long it may take
   */
  run(runtime: Runtime.Runtime<never>, millis: number): Effect.Effect<Exit.Exit<A, Failure<O> | CallError>> {
    return within(this.#exchange(), runtime, millis, (ended) => {
      if (ended === undefined) return Exit.fail(this.cutOff("TimedOut"))
      if (Exit.isSuccess(ended)) return ended
      // A defect of the transport may hold the request, and so may what it hangs on an interruption.
      if (Cause.isDie(ended.cause)) return Exit.fail(this.cutOff("Other"))
      return Cause.isInterrupted(ended.cause) ? Exit.interrupt(FiberId.none) : ended
    })
  }

  /** How the call fails when no reply will end it any more. */
  cutOff(reason: "TimedOut" | "Other"): Failure<O> | CallError {
    return this.#replyFailure === undefined
      ? this.#transportFailure({ reason, outcome: this.#isSent ? "Unknown" : "NotApplied" })
      : this.#replyFailure({})
  }

  /** The name that the API gave the request, if it said one; what it echoes of a secret is masked. */
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
    const { maxBodySize, read, success } = this.#plan
    const { headers, status } = response
    // RFC 9110 15 has three digits, a browser takes more: metrics by status would never come to an end.
    if (!Number.isInteger(status) || status > 999) return Effect.die("The reply has no status")
    this.status = status
    this.#headers = headers
    const atEnd = () => {
      // RFC 9110 15.2.2: after a 101, the connection goes on as something else.
      this.#isComplete = status >= 200
    }
    if (status === success) {
      // Anybody on the way can answer 200: only JSON is the API's word.
      this.#isApplied = success === 204 || isJson(headers["content-type"])
      return Effect.mapError(read(response, headers, maxBodySize, atEnd), (failure) => this.#unread(status, failure))
    }
    return Effect.clockWith((clock) => {
      const fail = ReplyFailure.make(status, headers, clock.unsafeCurrentTimeMillis(), this.#called())
      this.#replyFailure = fail
      // What can't be read is left out: the status has said what matters.
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
    // A transport can be wrapped in calls to somebody else: their errors say nothing of this request.
    if (!isOf(request, error)) return Effect.fail(this.cutOff("Other"))
    // A client that fails on a status by itself has got a reply all the same.
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

  /** The outcome of a try that will have no more of its reply. */
  #outcome(unanswered: Outcome.Outcome): Outcome.Outcome {
    if (this.status === undefined) return unanswered
    return this.#isApplied ? "Applied" : Outcome.fromStatus(this.status)
  }

  /** What every failure of this try has. */
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

/** Whether an error is of this request. */
const isOf = (ours: HttpClientRequest.HttpClientRequest, { request }: HttpClientError) => {
  const name = authHeader.toLowerCase()
  return request.url === ours.url && request.method === ours.method && request.headers[name] === ours.headers[name]
}

/**
 * Makes the tries of one operation: a function of the token and the OTP, plain.
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
  const { method, path, success } = endpoints[operation]
  const url = baseUrl.href + path
  const template = HttpClientRequest.make(method)(url, {
    headers: {
      accept: "application/json",
      "accept-encoding": "identity",
      ...(userAgent === undefined ? {} : { "user-agent": userAgent })
    }
  })
  const authorized = Memo.last((token: string) => HttpClientRequest.setHeader(template, authHeader, token))
  const plan: Plan<O, A> = {
    http: HttpClient.withScope(http),
    operation,
    success,
    read,
    maxBodySize,
    // Each request must be an object of its own: its scope is found by it.
    requestOf: (token, otp) =>
      HttpClientRequest.setUrl(
        authorized(token),
        otp === undefined ? url : baseUrl.href + path.replace("{otp}", () => encodeURIComponent(otp))
      ),
    hidingToken: Memo.last((token: string) => hiding([token]))
  }
  return (token: string, otp: string | undefined) => new Attempt(plan, token, otp)
}
