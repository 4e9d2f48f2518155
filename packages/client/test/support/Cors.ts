/** What lets a page of another origin call a server. */
import type { IncomingMessage } from "node:http"

/** The laxest permission there is: all that was asked for, with credentials, to whoever asked. */
const permission = (origin = "*", headers = "") =>
  [
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
    ["access-control-allow-methods", "GET, POST, DELETE"],
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
