/**
 * What hostile servers do, as data: each test runs all of it on its transports.
 *
 * Every reply may be read by a browser; a preflight is for the server in front to answer.
 */
import { bodies } from "./HostileBodies.ts"
import { framing } from "./HostileFraming.ts"
import { heads } from "./HostileHeads.ts"
import { messages } from "./HostileMessages.ts"
import type { Expected, Scenario, Status, TransportName } from "./HostileReply.ts"

export type { Expected, Scenario, Status, TransportName } from "./HostileReply.ts"

export const scenarios: ReadonlyArray<Scenario> = [...heads, ...framing, ...bodies, ...messages]

/** What a call must come to on a transport. */
export const expectation = (scenario: Scenario, transport: TransportName, status: Status): Expected =>
  scenario.on?.[transport]?.[status] ?? scenario.expected[status]
