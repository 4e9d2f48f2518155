/** Whatever passes for an OTP arrives as exactly one path segment that decodes to it: 100,000 from Node, and some from a page. */
import { pathSegmentFrom } from "./suites/PathSegment.ts"
import { inNode } from "./support/Drivers.ts"
import { inChromium } from "./support/InChromium.ts"

const amounts = { fetch: 40_000, undici: 50_000, "node:http": 10_000, Chromium: 1000 }

for (const where of [...inNode, inChromium]) pathSegmentFrom(where, amounts[where.name])
