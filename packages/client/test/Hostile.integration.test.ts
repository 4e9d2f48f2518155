/** Each hostile server answers each operation on each transport. */
import { hostileServersOn, transports } from "./suites/Hostile.ts"
import { withListOr204 } from "./support/operations.ts"

for (const transport of transports) hostileServersOn(transport, () => withListOr204)
