/** The log of the requests that an emulator served. */
import { ErrorBody, messages } from "@metal-otp/schema/ErrorBody"
import * as Effect from "effect/Effect"
import type * as HttpBody from "effect/http/HttpBody"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ServedRequest, ServerHooks } from "../Operations.ts"
import type { Change, LoggedRequest, View } from "../View.ts"
import { pushBounded, replaceItems } from "./boundedList.ts"
import { belongsTo } from "./filters.ts"

export interface RequestLog extends Pick<View, "requests" | "clearRequests">, Pick<ServerHooks, "logRequest"> {}

const decoder = new TextDecoder()

/** All bodies of the emulator are bytes, or empty. */
const textOf = (body: HttpBody.HttpBody | undefined) =>
  body?._tag === "Uint8Array" ? decoder.decode(body.body) : undefined

const decodeError = Schema.decodeUnknownOption(Schema.fromJsonString(ErrorBody))

const errorsOf = (status: number | null, body: string | undefined): ReadonlyArray<string> =>
  status === null || status < 400 || body === undefined
    ? []
    : Option.match(decodeError(body), { onNone: () => [], onSome: messages })

const secondsOf = (retryAfter: string | undefined) =>
  retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null

const toLoggedRequest = (id: number, { body, retryAfter, url, ...request }: ServedRequest): LoggedRequest => {
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

/** An entry of the log. It reads the body only when somebody looks at the log. */
const makeEntry = (id: number, request: ServedRequest) => {
  let logged: LoggedRequest | undefined
  return { user: request.user, read: () => (logged ??= toLoggedRequest(id, request)) }
}

/**
 * Makes a log in memory.
 *
 * @param size how many requests are kept, the newest
 * @param publish publishes each request
 */
export const make = (size: number, publish: (change: () => Change) => Effect.Effect<void>): RequestLog => {
  const entries: Array<ReturnType<typeof makeEntry>> = []
  let lastId = 0
  return {
    requests: Effect.sync(() => entries.slice(-size).map(({ read }) => read())),
    clearRequests: (whose) =>
      Effect.suspend(() => {
        const isCleared = belongsTo(whose)
        replaceItems(
          entries,
          entries.filter(({ user }) => !isCleared(user))
        )
        return publish(() => ({ _tag: "RequestsCleared" }))
      }),
    logRequest: (request) =>
      Effect.suspend(() => {
        lastId++
        const entry = makeEntry(lastId, request)
        pushBounded(entries, entry, size)
        return publish(() => ({ _tag: "RequestServed", request: entry.read() }))
      })
  }
}
