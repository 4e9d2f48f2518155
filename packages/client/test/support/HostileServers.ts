/**
 * All replies of hostile servers, as data for the tests of each transport. A browser lets pages read them. The servers of
 * the tests answer preflights.
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

/** The expected result of a call on a transport. */
export const expectation = (scenario: Scenario, transport: TransportName, status: Status): Expected =>
  scenario.on?.[transport]?.[status] ?? scenario.expected[status]

/** Whether only the deadline ends a call from a page. */
export const hangsInBrowser = ({ hangs, on }: Scenario): boolean => (on?.browser?.hangs ?? hangs) !== undefined

/** The statuses that a reply to an operation may pretend to have. */
export const statuses = (scenario: Scenario, operation: Operation.Operation): ReadonlyArray<Status> => {
  const { success } = Endpoint.endpoints[operation]
  return scenario.ignoresStatus === true ? [success] : [success, 401]
}

/** Answers with the success of an operation. */
export const answerWell = (socket: Socket, operation: Operation.Operation): void =>
  Endpoint.endpoints[operation].success === 204
    ? void socket.write(head(204))
    : json('{"recovery_codes":["fine"]}')(socket, 200)

/** The bytes above idle that a call may take. */
export const maxAboveIdle = 2 * 1024 * 1024
/** The bytes that twenty further calls may leave: less than each of them may read, so that a client that keeps bodies fails. */
export const maxLeft = 512 * 1024
