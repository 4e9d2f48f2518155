/** A call sends its one request to the API and nothing anywhere else: on Node's transports. */
import { originsFrom } from "./suites/Origins.ts"
import { nodePlatforms } from "./support/Drivers.ts"

for (const platform of nodePlatforms) originsFrom(platform)
