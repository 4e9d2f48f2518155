/** Servers that keep everything that arrives. */
import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { Certificate } from "../../../../test/support/Certificate.ts"
import { allowed } from "./Cors.ts"
import { listening } from "../../../../test/support/listening.ts"

/** A request as it came. */
export interface Arrived {
  readonly method: string
  readonly url: string
  /** In their order, the names in lower case. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
}

export const valuesOf = ({ headers }: Arrived, name: string): ReadonlyArray<string> =>
  headers.flatMap(([each, value]) => (each === name ? [value] : []))

const arrivedOf = (request: IncomingMessage, body: string): Arrived => ({
  method: request.method ?? "",
  url: request.url ?? "",
  headers: request.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [[name.toLowerCase(), all[index + 1] ?? ""] as const] : []
  ),
  body
})

/**
 * A server that lets every page in, answers preflights, and keeps them apart
 * from the requests, which `answer` is for.
 */
export const recording = Effect.fnUntraced(function* (
  answer: (response: ServerResponse, arrived: Arrived) => void,
  certificate?: Certificate
) {
  const arrived: Array<Arrived> = []
  const preflights: Array<Arrived> = []
  let connections = 0
  const receive = (request: IncomingMessage, response: ServerResponse) => {
    let body = ""
    request.on("data", (chunk) => (body += String(chunk)))
    request.on("end", () => {
      const one = arrivedOf(request, body)
      for (const [name, value] of allowed(request)) response.setHeader(name, value)
      if (one.method === "OPTIONS") {
        preflights.push(one)
        response.writeHead(204).end()
      } else {
        arrived.push(one)
        answer(response, one)
      }
    })
  }
  const server = certificate === undefined ? createServer(receive) : createHttpsServer(certificate, receive)
  server.on("connection", () => connections++)
  const port = yield* listening(server)
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  const authority = `127.0.0.1:${port}`
  return {
    authority,
    port,
    baseUrl: `${certificate === undefined ? "http" : "https"}://${authority}/metal/v1`,
    arrived,
    preflights,
    connections: () => connections
  }
})
