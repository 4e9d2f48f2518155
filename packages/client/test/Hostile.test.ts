/** Each hostile server answers one operation on one transport. Hostile.integration.test.ts has all of both. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { withListOr204 } from "./support/operations.ts"

for (const [turn, transport] of transports.entries()) {
  hostileServersOn(transport, (index) => {
    const operation = withListOr204[Math.floor(index / transports.length) % withListOr204.length]
    return operation !== undefined && index % transports.length === turn ? [operation] : []
  })
}
