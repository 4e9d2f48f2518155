/** What transports send again by themselves: on Node's transports. */
import { repeatsBy } from "./suites/Repeats.ts"
import { inNode } from "./support/Drivers.ts"

for (const where of inNode) repeatsBy(where)
