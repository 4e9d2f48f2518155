import type { Socket } from "node:net"

/** The transports that run the scenarios. */
export type TransportName = "fetch" | "undici" | "node:http" | "browser"

/** The status that a scenario's reply pretends to: a success with a body, one without, or a refusal. */
export type Status = 200 | 204 | 401

/** What a call must come to: the fields of its failure, or `Success` and the codes. */
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

/** Where a transport differs by nature. */
export interface Differing extends Partial<Expectations> {
  /** It stays there on this transport. */
  readonly hangs?: "head" | "body"
  /** Its connection may be kept on this transport. */
  readonly whole?: true
  /** How many requests it makes of one. */
  readonly sends?: number
  /** It spoils the next call, or any at the same time, as long as its connection is there. */
  readonly spoils?: true
}

/** What a hostile server does with one request. */
export interface Scenario {
  readonly name: string
  /** What is done with the socket once the head of a request has come. */
  readonly answer: (socket: Socket, status: Status) => void
  readonly expected: Expectations
  readonly on?: { readonly [T in TransportName]?: Differing }
  /** Where the reply stays forever, on some transport at least: before its head is whole, or in its body. The deadline ends the call. */
  readonly hangs?: "head" | "body"
  /** The reply does not pretend: it is the same for all statuses. */
  readonly same?: true
  /** More comes than a client should hold: its memory is measured while it gets this with this status. */
  readonly bulk?: 200 | 401
  /** The reply is whole and well framed, for all or for one: its connection may be kept for the next call. */
  readonly whole?: true | TransportName
}

/** The head of a reply: its status, or its whole first line, and its headers. A browser may read it. */
export const head = (start: number | string, ...headers: ReadonlyArray<string>): string =>
  [
    typeof start === "string" ? start : `HTTP/1.1 ${start} Something`,
    "access-control-allow-origin: *",
    ...headers,
    "\r\n"
  ].join("\r\n")

const type = "content-type: application/json"

/** The head of a reply with JSON. */
export const jsonHead = (start: number | string, ...headers: ReadonlyArray<string>): string =>
  head(start, type, ...headers)

/** Answers with a body of JSON, well framed. */
export const json =
  (body: string | Uint8Array, ...headers: ReadonlyArray<string>) =>
  (socket: Socket, status: Status): void => {
    const bytes = Buffer.from(body)
    socket.write(Buffer.concat([Buffer.from(jsonHead(status, ...headers, `content-length: ${bytes.length}`)), bytes]))
  }

/** Writes these, one right after the other. */
export const writes =
  (...parts: ReadonlyArray<(status: Status) => string | Uint8Array>) =>
  (socket: Socket, status: Status): void => {
    for (const part of parts) socket.write(part(status))
  }

/** Writes these, and closes. */
export const ends =
  (...parts: ReadonlyArray<(status: Status) => string | Uint8Array>) =>
  (socket: Socket, status: Status): void => {
    writes(...parts)(socket, status)
    socket.end()
  }

/** Some of the same in one piece, to spare system calls. */
const pieces = (text: string): Buffer => Buffer.from(text.repeat(Math.ceil(16_384 / text.length)))

/** Writes the same as fast as the other end takes it, as long as there is one. */
export const flood = (socket: Socket, text: string): void => {
  const bytes = pieces(text)
  const fill = (): void => {
    while (socket.writable && socket.write(bytes));
  }
  socket.on("drain", fill)
  fill()
}

/** Writes one byte in a turn of the event loop, and the last one again and again. */
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

/** The status of the refusal, and nothing of its body. */
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

/** The same, whatever the reply pretends to. */
export const all = (expected: Expected): Expectations => ({ 200: expected, 204: expected, 401: expected })

/** Bad only where the body is read: a 204 is done by its head, and a 401 only loses its messages. */
export const inBody = (expected: Expected): Expectations => ({ 200: expected, 204: success, 401: refused })

/** A list that is as it should be. */
export const list = '{"recovery_codes":["a"]}'

/** That list read, and nothing lost but the messages of a 401. */
export const fine: Expectations = { 200: codes("a"), 204: success, 401: refused }

/** The same on a transport that sees nothing wrong with it, and keeps its connection. */
export const lenient: Differing = { ...fine, whole: true }
