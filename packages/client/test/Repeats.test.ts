/** Requests that Node's transports repeat by themselves. */
import { repeatsBy } from "./suites/Repeats.ts"
import { nodePlatforms } from "./support/Drivers.ts"

for (const platform of nodePlatforms) repeatsBy(platform)
