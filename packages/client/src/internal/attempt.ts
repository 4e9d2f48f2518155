import * as Endpoint from "@metal-otp/schema/Endpoint"
import { ErrorBody } from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import { type CallError, MalformedResponse, TransportFailure } from "@metal-otp/schema/OtpsError"
import * as Outcome from "@metal-otp/schema/Outcome"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Scope from "effect/Scope"
import * as Body from "./body.ts"
import { hiding, mask } from "./mask.ts"
import { type Refusal, refusal } from "./refusal.ts"
import { remembered } from "./remembered.ts"
import type { Settings } from "./settings.ts"
import * as Transport from "./transport.ts"

type ScopedClient = HttpClient.HttpClient.With<HttpClientError, Scope.Scope>

/** One try as far as it has come: what ends it early is judged by this. */
export interface Progress<F> {
  readonly operation: Operation
  readonly endpoint: Endpoint.Endpoint<F>
  sent: boolean
  status: number | undefined
  refusal: Refusal<F> | undefined
  /** Whether nothing of the reply is left to come. */
  complete: boolean
  /** Holds the request, until it is complete or aborted. */
  readonly scope: Scope.Closeable
}

/** A try that has not begun. */
export const progress = <F>(operation: Operation, endpoint: Endpoint.Endpoint<F>): Progress<F> => ({
  operation,
  endpoint,
  sent: false,
  status: undefined,
  refusal: undefined,
  complete: false,
  scope: Scope.makeUnsafe()
})

const readMessages = Body.json(ErrorBody)

const outcomeOf = (progress: Progress<unknown>, unanswered: Outcome.Outcome): Outcome.Outcome =>
  progress.status === undefined ? unanswered : Outcome.fromStatus(progress.status)

const transportFailure = (
  progress: Progress<unknown>,
  { code, outcome, reason }: Transport.Diagnosis
): TransportFailure =>
  new TransportFailure({
    operation: progress.operation,
    reason,
    outcome: outcomeOf(progress, outcome),
    ...(code === undefined ? {} : { code })
  })

const unsent = (progress: Progress<unknown>, { reason }: HttpClientError): CallError =>
  transportFailure(
    progress,
    reason._tag === "EncodeError" || reason._tag === "InvalidUrlError"
      ? { reason: "Other", outcome: "NotApplied" }
      : Transport.diagnose(reason.cause)
  )

const unread = (progress: Progress<unknown>, status: number, failure: Body.BodyFailure): CallError => {
  const malformed = (reason: MalformedResponse["reason"]) =>
    new MalformedResponse({ operation: progress.operation, status, reason })
  if (failure._tag === "Bad") return malformed(failure.reason)
  const diagnosis = Transport.diagnose(failure.cause)
  return diagnosis.undecodable === true ? malformed("Undecodable") : transportFailure(progress, diagnosis)
}

/** What ends a call that no reply will end any more; a status that has come already says it all. */
export const cutOff = <F>(progress: Progress<F>, reason: "TimedOut" | "Other"): F | CallError =>
  progress.refusal === undefined
    ? transportFailure(progress, { reason, outcome: progress.sent ? "Unknown" : "NotApplied" })
    : progress.refusal({})

/** OpenTelemetry's `error.type`: the status where there is one, else the kind of failure. */
export const errorType = (progress: Progress<unknown>, error: { readonly _tag: string; readonly reason?: string }) =>
  progress.refusal === undefined ? (error.reason ?? error._tag) : String(progress.status)

/** Makes a try: the token, then the OTP if there is one. */
export type Exchange<A, F> = (
  progress: Progress<F>,
  token: string,
  otp: string | undefined
) => Effect.Effect<A, F | CallError, Scope.Scope>

/**
 * Makes the tries of one operation: the request sent through the transport, the
 * reply read within bounds and decoded, or turned into the failure that it means.
 * What has not come to its end is aborted.
 *
 * @param http the transport, which lets go of a request when its scope closes
 * @param settings the client's, checked
 * @param endpoint the operation's
 * @param read how its success is read
 */
export const make = <F, A>(
  http: ScopedClient,
  settings: Settings,
  endpoint: Endpoint.Endpoint<F>,
  read: Body.Read<A>
): Exchange<A, F> => {
  const { baseUrl, maxBodySize } = settings
  const hidingToken = remembered((token: string) => hiding([token]))
  const url = baseUrl + endpoint.path
  const template = HttpClientRequest.make(endpoint.method)(url, {
    headers: { accept: "application/json", "accept-encoding": "identity" }
  })
  const authorized = remembered((token: string) => HttpClientRequest.setHeader(template, Endpoint.authHeader, token))

  const receive = (
    progress: Progress<F>,
    token: string,
    otp: string | undefined,
    response: HttpClientResponse
  ): Effect.Effect<A, F | CallError> => {
    const { status } = response
    // RFC 9110 15 has three digits, a browser takes more: who measures calls by their status would never come to an end.
    if (!Number.isInteger(status) || status > 999) return Effect.die("The reply has no status")
    const atEnd = () => {
      // RFC 9110 15.2.2: after a 101, the connection goes on as something else.
      progress.complete = status >= 200
    }
    progress.status = status
    if (status === endpoint.success) {
      return Effect.mapError(read(response, maxBodySize, atEnd), (failure) => unread(progress, status, failure))
    }
    return Clock.clockWith((clock) => {
      const refuse = refusal(progress.operation, endpoint, response, clock.currentTimeMillisUnsafe())
      progress.refusal = refuse
      // What can't be read is left out: the status has said what matters.
      return Effect.matchEffect(readMessages(response, maxBodySize, atEnd), {
        onFailure: () => Effect.fail(refuse({})),
        onSuccess: (body) =>
          Effect.fail(refuse(mask(body, otp === undefined ? hidingToken(token) : hiding([token, otp]))))
      })
    })
  }

  const exchange: Exchange<A, F> = (progress, token, otp) => {
    // Each request must be an object of its own: its scope is found by it.
    const request = HttpClientRequest.setUrl(
      authorized(token),
      otp === undefined ? url : baseUrl + endpoint.path.replace("{otp}", () => encodeURIComponent(otp))
    )
    progress.sent = true
    const received = Effect.matchEffect(http.execute(request), {
      onFailure: (error) => {
        // A client that fails on a status by itself has got a reply all the same.
        if (error.response !== undefined) return receive(progress, token, otp, error.response)
        // Node's fetch throws where nobody can catch it when it is aborted after it has failed on a reply's codings.
        progress.complete = true
        return Effect.fail(unsent(progress, error))
      },
      onSuccess: (response) => receive(progress, token, otp, response)
    })
    return Effect.onExit(received, (exit) => (progress.complete ? Effect.void : Scope.close(progress.scope, exit)))
  }
  return exchange
}
