/** How hostile replies are described, what they should lead to, and how they are written. */
import type { Socket } from "node:net"

/** The transports that run the scenarios. */
export type TransportName = "fetch" | "undici" | "node:http" | "browser"

/** The status that a reply pretends to have: a success with a body, a success without one, or a refusal. */
export type Status = 200 | 204 | 401

/** The expected result of a call: the fields of its failure, or `Success` and the codes. */
export interface Expected {
  readonly _tag:
    | "Success"
    | "Unauthorized"
    | "RateLimited"
    | "UnexpectedStatus"
    | "MalformedResponse"
    | "TransportFailure"
  readonly [field: string]: unknown
}

export type Expectations = { readonly [S in Status]: Expected }

/** How the result differs on one transport. */
export interface Deviation extends Partial<Expectations> {
  /** The reply does not end on this transport. */
  readonly hangs?: "head" | "body"
  /** This transport may keep the connection. */
  readonly keepsConnection?: true
  /** The number of requests that the transport sends for one call. Default: 1. */
  readonly requests?: number
  /** The reply also spoils concurrent calls, and the next one on the same connection. */
  readonly spoilsOthers?: true
}

/** How a hostile server answers one request. */
export interface Scenario {
  readonly name: string
  /** Answers on the socket, once the head of a request has arrived. */
  readonly answer: (socket: Socket, status: Status) => void
  readonly expected: Expectations
  readonly on?: { readonly [T in TransportName]?: Deviation }
  /** The part of the reply that does not end, at least on some transport. The deadline ends the call. */
  readonly hangs?: "head" | "body"
  /** The reply is the same for all statuses. */
  readonly ignoresStatus?: true
  /** The reply is larger than what a client should hold. The tests of memory send it with this status. */
  readonly largeWith?: 200 | 401
  /** The reply is complete and well framed, on all transports or on one, so that the client may keep the connection. */
  readonly keepsConnection?: true | TransportName
}

/** The head of a reply, which a browser lets pages read. It begins with a status, or with a whole status line. */
export const head = (start: number | string, ...headers: ReadonlyArray<string>): string =>
  [
    typeof start === "string" ? start : `HTTP/1.1 ${start} Something`,
    "access-control-allow-origin: *",
    ...headers,
    "\r\n"
  ].join("\r\n")

const type = "content-type: application/json"

/** The head of a JSON reply. */
export const jsonHead = (start: number | string, ...headers: ReadonlyArray<string>): string =>
  head(start, type, ...headers)

/** Answers with a JSON body of the right length. */
export const json =
  (body: string | Uint8Array, ...headers: ReadonlyArray<string>) =>
  (socket: Socket, status: Status): void => {
    const bytes = Buffer.from(body)
    socket.write(Buffer.concat([Buffer.from(jsonHead(status, ...headers, `content-length: ${bytes.length}`)), bytes]))
  }

/** Writes the parts without a pause. */
export const writes =
  (...parts: ReadonlyArray<(status: Status) => string | Uint8Array>) =>
  (socket: Socket, status: Status): void => {
    for (const part of parts) socket.write(part(status))
  }

/** Writes the parts, and closes the connection. */
export const ends =
  (...parts: ReadonlyArray<(status: Status) => string | Uint8Array>) =>
  (socket: Socket, status: Status): void => {
    writes(...parts)(socket, status)
    socket.end()
  }

/** A text repeated up to 16 KiB, so that a flood takes fewer system calls. */
const repeated = (text: string): Buffer => Buffer.from(text.repeat(Math.ceil(16_384 / text.length)))

/** Writes a text again and again, as fast as the client takes it, until the connection ends. */
export const flood = (socket: Socket, text: string): void => {
  const bytes = repeated(text)
  const fill = (): void => {
    while (socket.writable && socket.write(bytes));
  }
  socket.on("drain", fill)
  fill()
}

/** Writes one byte in each turn of the event loop, and repeats the last one, until the connection ends. */
export const drip = (socket: Socket, text: string): void => {
  let at = 0
  const next = (): void => {
    if (!socket.writable) return
    socket.write(text.charAt(Math.min(at++, text.length - 1)), () => setImmediate(next))
  }
  next()
}

export const success: Expected = { _tag: "Success" }
export const codes = (...recoveryCodes: ReadonlyArray<string>): Expected => ({ _tag: "Success", recoveryCodes })

/** A refusal without messages. */
export const refused: Expected = {
  _tag: "Unauthorized",
  status: 401,
  outcome: "NotApplied",
  error: undefined,
  errors: undefined
}

const failure =
  (_tag: "MalformedResponse" | "TransportFailure", outcome: "Applied" | "Unknown") =>
  (reason: string): Expected => ({ _tag, reason, outcome })

export const malformed = failure("MalformedResponse", "Applied")
export const broken = failure("TransportFailure", "Applied")
export const unanswered = failure("TransportFailure", "Unknown")

/** The same result for all statuses. */
export const all = (expected: Expected): Expectations => ({ 200: expected, 204: expected, 401: expected })

/** A bad body matters where the client needs it. A 204 succeeds by its head, and a 401 only lacks messages. */
export const inBody = (expected: Expected): Expectations => ({ 200: expected, 204: success, 401: refused })

/** A valid list of recovery codes. */
export const list = '{"recovery_codes":["a"]}'

/** The list is read, the 204 succeeds, and the 401 has no messages. */
export const fine: Expectations = { 200: codes("a"), 204: success, 401: refused }

/** The same on a transport that accepts the reply and keeps the connection. */
export const lenient: Deviation = { ...fine, keepsConnection: true }
