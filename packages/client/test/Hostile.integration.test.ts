/** Each hostile server meets each operation on each transport. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { listing } from "./support/operations.ts"

for (const transport of transports) hostileServersOn(transport, () => listing)
