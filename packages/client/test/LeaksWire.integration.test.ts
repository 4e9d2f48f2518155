/** No secret leaks over real sockets: each hostile server with each status, on each of Node's transports. */
import { describe } from "@effect/vitest"
import { nothingLeaksFromHostileServers, statuses, transports } from "./suites/LeaksWire.ts"

describe.each(transports)("nothing leaks over $name", ({ layer }) => {
  nothingLeaksFromHostileServers(layer, () => statuses)
})
