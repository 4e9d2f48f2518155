/** What lets a page of another origin call a server. */
import { Effect } from "effect"
import { createServer, type IncomingMessage, request as requestOf } from "node:http"
import { listening } from "./listening.ts"

/** The laxest permission there is: all that was asked for, with credentials, to whoever asked. */
const permission = (origin = "*", headers = "") =>
  [
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
    ["access-control-allow-methods", "GET, POST"],
    ["access-control-allow-headers", headers]
  ] as const

/** The headers that permit what a page asks for, in the preflight and in the request itself. */
export const allowed = ({ headers }: IncomingMessage) =>
  permission(headers.origin, headers["access-control-request-headers"])

/** The reply to a preflight, as bytes. */
export const preflightReply = (head: string, more = "") => {
  const valueOf = (name: string) => new RegExp(`^${name}: (.*)\\r$`, "im").exec(head)?.[1]
  const lines = permission(valueOf("origin"), valueOf("access-control-request-headers"))
  return `HTTP/1.1 204 No Content\r\n${lines.map((line) => `${line.join(": ")}\r\n`).join("")}${more}\r\n`
}

/**
 * Puts a server in front of one that knows nothing of pages: it answers
 * preflights, and passes all else on, a reset too.
 *
 * @param baseUrl of the server behind
 */
export const inFrontOf = (baseUrl: string) =>
  Effect.map(
    listening(
      createServer((request, response) => {
        for (const [name, value] of allowed(request)) response.setHeader(name, value)
        if (request.method === "OPTIONS") return response.writeHead(204).end()
        const { headers, method } = request
        const behind = requestOf(new URL(request.url ?? "/", baseUrl), { method, headers }, (reply) => {
          response.writeHead(reply.statusCode ?? 502, reply.headers)
          reply.pipe(response)
          reply.on("error", () => response.destroy())
        })
        behind.on("error", () => response.socket?.resetAndDestroy())
        response.on("close", () => behind.destroy())
        return request.pipe(behind)
      })
    ),
    (port) => `http://127.0.0.1:${port}${new URL(baseUrl).pathname}`
  )
