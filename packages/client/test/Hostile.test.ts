/** Each hostile server meets one operation on each transport, and another one on the next. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { listing } from "./support/operations.ts"

for (const [turn, transport] of transports.entries()) {
  hostileServersOn(transport, (index) => listing.filter((_, at) => at === (index + turn) % listing.length))
}
