/**
 * One call as plain data, and what became of it as plain data: the same for a
 * client in this process and for one in a page.
 */
import { RetryPolicy } from "@metal-otp/client"
import type { InvalidSetting, Operation, OtpsError } from "@metal-otp/schema"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import * as Otp from "@metal-otp/schema/Otp"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import { Cause, Effect, Exit, identity, Redacted, Stream } from "effect"
import { HttpClient, HttpClientRequest, HttpTraceContext } from "effect/http"
import { callsWith, clientOf as clientOfToken } from "./operations.ts"
import { recordSpans } from "../../../../test/support/Spans.ts"
import { OtpsClients } from "./Subject.ts"

export interface Spec {
  readonly operation: Operation.Operation
  readonly baseUrl: string
  readonly token: string
  /** The token of a user, in place of the client's. */
  readonly callToken?: string
  readonly otp?: string
  /** Milliseconds. */
  readonly timeout?: number
  /** What the user has put around the transport. */
  readonly through?: "propagating" | "streaming"
}

export interface Report {
  /** `"Success"`, or the class of the failure. */
  readonly tag: string
  /** The failure's own fields. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The codes that came, in the clear. */
  readonly codes: ReadonlyArray<string>
  /** All that can be made of the result as text. Never the codes on purpose. */
  readonly texts: ReadonlyArray<string>
}

type Through = (http: HttpClient.HttpClient) => HttpClient.HttpClient

const around: Record<NonNullable<Spec["through"]>, Through> = {
  /** Trace headers for those who want them. */
  propagating: HttpClient.mapRequestEffect((request) =>
    Effect.map(Effect.orDie(Effect.currentSpan), (span) =>
      HttpClientRequest.setHeaders(request, HttpTraceContext.toHeaders(span))
    )
  ),
  /** An empty body that can't be read twice, so that no fetch sends a request twice. */
  streaming: HttpClient.mapRequest((request) =>
    request.method === "POST"
      ? HttpClientRequest.bodyStream(request, Stream.empty, { contentType: "text/plain" })
      : request
  )
}

const clientOf = (http: HttpClient.HttpClient, { baseUrl, callToken, timeout, token }: Omit<Spec, "operation">) => {
  const options = { baseUrl, timeout, retryPolicy: RetryPolicy.none }
  const client =
    callToken === undefined
      ? clientOfToken({ ...options, authToken: Redacted.make(token) })
      : Effect.zipWith(OtpsClients.make(options), AuthToken.make(callToken), ({ forUser }, user) => forUser(user))
  return Effect.provideService(client, HttpClient.HttpClient, http)
}

/** Keeps the texts of an error and of all that hangs on it. */
const textsOf = (error: unknown): ReadonlyArray<string> => {
  if (!(error instanceof Error)) return [String(error)]
  const values = Object.getOwnPropertyNames(error).map((name) => `${name}: ${String(Reflect.get(error, name))}`)
  return [String(error), error.message, error.stack ?? "", JSON.stringify(error), ...values, ...textsOf(error.cause)]
}

const reportOf = (exit: Exit.Exit<unknown, OtpsError.OtpsError | InvalidSetting.InvalidSetting>): Report => {
  const texts = [String(exit), JSON.stringify(exit)]
  if (Exit.isSuccess(exit)) {
    const codes = exit.value instanceof RecoveryCodeList.RecoveryCodeList ? RecoveryCodeList.values(exit.value) : []
    return { tag: "Success", fields: {}, codes, texts }
  }
  const error = Cause.squash(exit.cause)
  const failed = exit.cause.reasons.find(Cause.isFailReason)?.error
  return {
    tag: failed?._tag ?? "Defect",
    fields: JSON.parse(JSON.stringify({ ...failed })),
    codes: [],
    texts: [...texts, String(exit.cause), Cause.pretty(exit.cause), ...textsOf(error)]
  }
}

/** Calls once, under a parent span and a tracer, and with all of effect's own propagation on. */
const attempt = (http: HttpClient.HttpClient, spec: Spec) => {
  const through = spec.through === undefined ? identity<HttpClient.HttpClient> : around[spec.through]
  return Effect.gen(function* () {
    const client = yield* clientOf(through(http), spec)
    return yield* callsWith(Otp.make(spec.otp ?? "123456"))[spec.operation](client)
  }).pipe(Effect.withSpan("caller"), Effect.provideService(HttpClient.TracerPropagationEnabled, true))
}

/** Calls once; `watched` sees the call before its failure is turned into a report. */
export const call = (
  http: HttpClient.HttpClient,
  spec: Spec,
  watched: <A, E>(self: Effect.Effect<A, E>) => Effect.Effect<A, E> = identity
): Effect.Effect<Report> => {
  const { spans, traced } = recordSpans()
  return Effect.map(Effect.exit(traced(watched(attempt(http, spec)))), (exit) => {
    const report = reportOf(exit)
    const traces = spans.map(({ attributes, events, name }) => JSON.stringify([name, [...attributes], String(events)]))
    return { ...report, texts: [...report.texts, ...traces] }
  })
}

/** Has all of these OTPs verified, many at a time. */
export const verifyAll = (
  http: HttpClient.HttpClient,
  { otps, ...spec }: Pick<Spec, "baseUrl" | "token"> & { readonly otps: ReadonlyArray<string> }
): Effect.Effect<void> =>
  Effect.flatMap(clientOf(http, spec), (client) =>
    Effect.forEach(otps, (otp) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp)), {
      concurrency: 64,
      discard: true
    })
  ).pipe(Effect.orDie)
