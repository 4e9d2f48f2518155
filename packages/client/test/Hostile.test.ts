/** Each hostile server answers one operation on each transport, and another operation on the next. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { withListOr204 } from "./support/operations.ts"

for (const [turn, transport] of transports.entries()) {
  hostileServersOn(transport, (index) => withListOr204.filter((_, at) => at === (index + turn) % withListOr204.length))
}
