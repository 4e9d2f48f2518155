/** Nothing but the one request that was asked for arrives anywhere: on Node's transports. */
import { originsFrom } from "./suites/Origins.ts"
import { inNode } from "./support/Drivers.ts"

for (const where of inNode) originsFrom(where)
