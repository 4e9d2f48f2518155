/**
 * Makes a call that is described by plain data, and reports its result as plain data, so that the same suites call a
 * client in this process and one in a page.
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

/** A call to make. */
export interface Spec {
  readonly operation: Operation.Operation
  readonly baseUrl: string
  readonly token: string
  /** The token of a user. With it, the client is one of `OtpsClients`. */
  readonly callToken?: string
  readonly otp?: string
  /** Milliseconds. */
  readonly timeout?: number
  /** How the user has wrapped the transport. */
  readonly wrapper?: "propagating" | "streaming"
}

/** The result of a call. */
export interface Report {
  /** `"Success"`, the tag of the failure, or `"Defect"`. */
  readonly tag: string
  /** The fields of the failure. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The recovery codes, in the clear. */
  readonly codes: ReadonlyArray<string>
  /** The result and its spans as text, in several ways. None may contain a secret. */
  readonly texts: ReadonlyArray<string>
}

type Wrapper = (http: HttpClient.HttpClient) => HttpClient.HttpClient

const wrappers: Record<NonNullable<Spec["wrapper"]>, Wrapper> = {
  /** Adds trace headers, which the client leaves out. */
  propagating: HttpClient.mapRequestEffect((request) =>
    Effect.map(Effect.orDie(Effect.currentSpan), (span) =>
      HttpClientRequest.setHeaders(request, HttpTraceContext.toHeaders(span))
    )
  ),
  /** Sends an empty body that can't be read twice, so that `fetch` can't send the request twice. */
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

/** The texts of an error, its properties and its causes. */
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

/** Makes a call under a parent span, with the propagation of Effect's own HTTP client on. */
const callOnce = (http: HttpClient.HttpClient, spec: Spec) => {
  const wrap = spec.wrapper === undefined ? identity<HttpClient.HttpClient> : wrappers[spec.wrapper]
  return Effect.gen(function* () {
    const client = yield* clientOf(wrap(http), spec)
    return yield* callsWith(Otp.make(spec.otp ?? "123456"))[spec.operation](client)
  }).pipe(Effect.withSpan("caller"), Effect.provideService(HttpClient.TracerPropagationEnabled, true))
}

/**
 * Makes a call, and reports its result.
 *
 * @param watched runs around the call, and sees its failure
 */
export const call = (
  http: HttpClient.HttpClient,
  spec: Spec,
  watched: <A, E>(self: Effect.Effect<A, E>) => Effect.Effect<A, E> = identity
): Effect.Effect<Report> => {
  const { spans, traced } = recordSpans()
  return Effect.map(Effect.exit(traced(watched(callOnce(http, spec)))), (exit) => {
    const report = reportOf(exit)
    const traces = spans.map(({ attributes, events, name }) => JSON.stringify([name, [...attributes], String(events)]))
    return { ...report, texts: [...report.texts, ...traces] }
  })
}

/** Verifies OTPs, 64 at a time. */
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
