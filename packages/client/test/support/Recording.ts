/** A server that records the requests that it gets. */
import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { Certificate } from "../../../../test/support/Certificate.ts"
import { allowed } from "./Cors.ts"
import { listening } from "../../../../test/support/listening.ts"

/** A request that arrived. */
export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  /** In the order of the request, with names in lower case. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
}

export const headerValues = ({ headers }: ReceivedRequest, name: string): ReadonlyArray<string> =>
  headers.flatMap(([each, value]) => (each === name ? [value] : []))

const receivedRequest = (request: IncomingMessage, body: string): ReceivedRequest => ({
  method: request.method ?? "",
  url: request.url ?? "",
  headers: request.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [[name.toLowerCase(), all[index + 1] ?? ""] as const] : []
  ),
  body
})

/**
 * Starts a server that permits calls from every page. It answers preflights itself, and records them apart from the other
 * requests, which `answer` answers.
 */
export const recordingServer = Effect.fnUntraced(function* (
  answer: (response: ServerResponse, request: ReceivedRequest) => void,
  certificate?: Certificate
) {
  const requests: Array<ReceivedRequest> = []
  const preflights: Array<ReceivedRequest> = []
  let connections = 0
  const receive = (request: IncomingMessage, response: ServerResponse) => {
    let body = ""
    request.on("data", (chunk) => (body += String(chunk)))
    request.on("end", () => {
      const received = receivedRequest(request, body)
      for (const [name, value] of allowed(request)) response.setHeader(name, value)
      if (received.method === "OPTIONS") {
        preflights.push(received)
        response.writeHead(204).end()
      } else {
        requests.push(received)
        answer(response, received)
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
    requests,
    preflights,
    connections: () => connections
  }
})
