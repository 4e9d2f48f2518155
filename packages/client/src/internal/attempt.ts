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
import type * as Scope from "effect/Scope"
import * as Body from "./body.ts"
import { mask } from "./mask.ts"
import { type Refusal, refusal } from "./refusal.ts"
import type { Settings } from "./settings.ts"
import * as Transport from "./transport.ts"

type GuardedClient = HttpClient.HttpClient.With<HttpClientError, Scope.Scope>

/** One try as far as it has come: what ends it early is judged by this. */
export interface Progress<F> {
  readonly operation: Operation
  readonly endpoint: Endpoint.Endpoint<F>
  sent: boolean
  status: number | undefined
  refusal: Refusal<F> | undefined
}

/** A try that has not begun. */
export const progress = <F>(operation: Operation, endpoint: Endpoint.Endpoint<F>): Progress<F> => ({
  operation,
  endpoint,
  sent: false,
  status: undefined,
  refusal: undefined
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

const failure = (progress: Progress<unknown>, error: HttpClientError | Body.BadBody): CallError => {
  const malformed = (reason: MalformedResponse["reason"]) =>
    new MalformedResponse({ operation: progress.operation, status: progress.status ?? 0, reason })
  if (error._tag === "BadBody") return malformed(error.reason)
  const { reason } = error
  if (reason._tag === "EncodeError" || reason._tag === "InvalidUrlError") {
    return transportFailure(progress, { reason: "Other", outcome: "NotApplied" })
  }
  const diagnosis = Transport.diagnose(reason.cause)
  return diagnosis.undecodable && progress.status !== undefined
    ? malformed("Undecodable")
    : transportFailure(progress, diagnosis)
}

/** What ends a call that no reply will end any more; a status that has come already says it all. */
export const cutOff = <F>(progress: Progress<F>, reason: "TimedOut" | "Other"): F | CallError =>
  progress.refusal === undefined
    ? transportFailure(progress, { reason, outcome: progress.sent ? "Unknown" : "NotApplied" })
    : progress.refusal({})

/** OpenTelemetry's `error.type`: the status where there is one, else the kind of failure. */
export const errorType = (progress: Progress<unknown>, error: { readonly _tag: string; readonly reason?: string }) =>
  progress.refusal === undefined ? (error.reason ?? error._tag) : String(progress.status)

/** Sends the request. A client that fails on a status by itself has got a reply all the same. */
const send = (
  http: GuardedClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse, HttpClientError, Scope.Scope> =>
  Effect.catch(http.execute(request), (error) =>
    error.response === undefined ? Effect.fail(error) : Effect.succeed(error.response)
  )

/** The messages of a refusal. What can't be read is left out: the status has said what matters. */
const messages = (response: HttpClientResponse, settings: Settings, secrets: ReadonlyArray<string>) =>
  readMessages(response, settings.maxBodySize).pipe(
    Effect.map((body) => mask(body, secrets)),
    Effect.orElseSucceed(() => ({}))
  )

/**
 * Makes single tries: the request sent through the guarded transport, the reply
 * read within bounds and decoded, or turned into the failure that it means.
 *
 * @param http the guarded transport
 * @param settings the client's, checked
 */
export const make = (http: GuardedClient, settings: Settings) =>
  Effect.fnUntraced(function* <F, A>(
    progress: Progress<F>,
    token: string,
    otp: string | undefined,
    read: Body.Read<A>
  ): Effect.fn.Return<A, F | CallError, Scope.Scope> {
    const orFail = Effect.mapError((error: HttpClientError | Body.BadBody) => failure(progress, error))
    const { endpoint, operation } = progress
    const path = otp === undefined ? endpoint.path : endpoint.path.replace("{otp}", () => encodeURIComponent(otp))
    const request = HttpClientRequest.make(endpoint.method)(settings.baseUrl + path, {
      headers: { [Endpoint.authHeader]: token, accept: "application/json", "accept-encoding": "identity" }
    })

    const secrets = otp === undefined ? [token] : [token, otp]

    progress.sent = true
    const response = yield* orFail(send(http, request))
    progress.status = response.status
    if (response.status === endpoint.success) return yield* orFail(read(response, settings.maxBodySize))

    progress.refusal = refusal(operation, endpoint, response, yield* Clock.currentTimeMillis)
    return yield* Effect.fail(progress.refusal(yield* messages(response, settings, secrets)))
  })
