/** Each hostile server meets one operation on each transport, and another one on the next. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { operations } from "./support/operations.ts"

for (const [turn, transport] of transports.entries()) {
  hostileServersOn(transport, (index) => operations.filter((_, at) => at === (index + turn) % operations.length))
}
