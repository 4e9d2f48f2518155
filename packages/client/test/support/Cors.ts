/** The reply headers that let a page of another origin call a server. */
import type { IncomingMessage } from "node:http"

/** Permits everything that the page asks for, with credentials, to every origin. */
const permission = (origin = "*", headers = "") =>
  [
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
    ["access-control-allow-methods", "GET, POST, DELETE"],
    ["access-control-allow-headers", headers]
  ] as const

/** The headers that permit a request, for its preflight and for itself. */
export const allowed = ({ headers }: IncomingMessage) =>
  permission(headers.origin, headers["access-control-request-headers"])

/** The reply to a preflight, as bytes. */
export const preflightReply = (head: string, more = "") => {
  const valueOf = (name: string) => new RegExp(`^${name}: (.*)\\r$`, "im").exec(head)?.[1]
  const lines = permission(valueOf("origin"), valueOf("access-control-request-headers"))
  return `HTTP/1.1 204 No Content\r\n${lines.map((line) => `${line.join(": ")}\r\n`).join("")}${more}\r\n`
}
