import { ErrorBody, messages } from "@metal-otp/schema/ErrorBody"
import * as Effect from "effect/Effect"
import type * as HttpBody from "effect/http/HttpBody"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ServedRequest, Serving } from "../Operations.ts"
import type { Change, LoggedRequest, View } from "../View.ts"
import { push } from "./bounded.ts"
import { ofWhom } from "./searching.ts"

/** The requests that were served. */
export interface RequestLog extends Pick<View, "requests" | "clearRequests">, Pick<Serving, "logRequest"> {}

const decoder = new TextDecoder()

/** The emulator's bodies are all bytes, or none. */
const textOf = (body: HttpBody.HttpBody | undefined) =>
  body?._tag === "Uint8Array" ? decoder.decode(body.body) : undefined

const readError = Schema.decodeUnknownOption(Schema.fromJsonString(ErrorBody))

const errorsOf = (status: number | null, body: string | undefined): ReadonlyArray<string> =>
  status === null || status < 400 || body === undefined
    ? []
    : Option.match(readError(body), { onNone: () => [], onSome: messages })

const secondsOf = (retryAfter: string | undefined) =>
  retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null

const shown = (id: number, { body, retryAfter, url, ...request }: ServedRequest): LoggedRequest => {
  const text = textOf(body)
  return {
    id,
    ...request,
    rawPath: Redacted.make(url),
    retryAfter: secondsOf(retryAfter),
    body: text === undefined ? null : Redacted.make(text),
    errors: errorsOf(request.status, text)
  }
}

/** A request in the log. What is shown of it is made when somebody looks first. */
const logged = (id: number, request: ServedRequest) => {
  let made: LoggedRequest | undefined
  return { user: request.user, show: () => (made ??= shown(id, request)) }
}

/**
 * Makes a log, in memory.
 *
 * @param size how many requests are kept, the newest
 * @param publish tells of each
 */
export const make = (size: number, publish: (change: () => Change) => Effect.Effect<void>): RequestLog => {
  const requests: Array<ReturnType<typeof logged>> = []
  let served = 0
  return {
    requests: Effect.sync(() => requests.slice(-size).map(({ show }) => show())),
    clearRequests: (whose) =>
      Effect.suspend(() => {
        const isOfThem = ofWhom(whose)
        requests.splice(0, requests.length, ...requests.filter(({ user }) => !isOfThem(user)))
        return publish(() => ({ _tag: "RequestsCleared" }))
      }),
    logRequest: (request) =>
      Effect.suspend(() => {
        served++
        const entry = logged(served, request)
        push(requests, entry, size)
        return publish(() => ({ _tag: "RequestServed", request: entry.show() }))
      })
  }
}
