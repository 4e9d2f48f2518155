/**
 * What hostile servers do, as data: each test runs all of it on its transports.
 *
 * Every reply may be read by a browser; a preflight is for the server in front to answer.
 */
import { Endpoint, type Operation } from "@metal-otp/schema"
import type { Socket } from "node:net"
import { bodies } from "./HostileBodies.ts"
import { framing } from "./HostileFraming.ts"
import { heads } from "./HostileHeads.ts"
import { messages } from "./HostileMessages.ts"
import { type Expected, head, json, type Scenario, type Status, type TransportName } from "./HostileReply.ts"

export type { Expected, Scenario, Status, TransportName } from "./HostileReply.ts"

export const scenarios: ReadonlyArray<Scenario> = [...heads, ...framing, ...bodies, ...messages]

/** What a call must come to on a transport. */
export const expectation = (scenario: Scenario, transport: TransportName, status: Status): Expected =>
  scenario.on?.[transport]?.[status] ?? scenario.expected[status]

/** Whether only a deadline ends a call from a page. */
export const hangsInBrowser = ({ hangs, on }: Scenario): boolean => (on?.browser?.hangs ?? hangs) !== undefined

/** What a reply to an operation may pretend to. */
export const statuses = (scenario: Scenario, operation: Operation.Operation): ReadonlyArray<Status> => {
  const { success } = Endpoint.endpoints[operation]
  return scenario.same === true ? [success] : [success, 401]
}

/** What a server that behaves answers: an operation's own success. */
export const behave = (socket: Socket, operation: Operation.Operation): void =>
  Endpoint.endpoints[operation].success === 204
    ? void socket.write(head(204))
    : json('{"recovery_codes":["fine"]}')(socket, 200)

/** How much memory above idle a call may take. */
export const mostAbove = 2 * 1024 * 1024
/** How much any twenty more may leave: less than each may read, so that a client which keeps what it reads is found. */
export const mostLeft = 512 * 1024
