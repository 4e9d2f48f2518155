/** Whatever passes for an OTP arrives as exactly one path segment that decodes to it: 2,000 from Node. */
import { pathSegmentFrom } from "./suites/PathSegment.ts"
import { inNode } from "./support/Drivers.ts"

const amounts = { fetch: 800, undici: 1000, "node:http": 200, Chromium: 0 }

for (const where of inNode) pathSegmentFrom(where, amounts[where.name])
