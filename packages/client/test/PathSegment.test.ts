/** Every valid OTP arrives as one path segment that decodes to it: 2,000 OTPs from Node. */
import { pathSegmentFrom } from "./suites/PathSegment.ts"
import { nodePlatforms } from "./support/Drivers.ts"

const amounts = { fetch: 800, undici: 1000, "node:http": 200, Chromium: 0 }

for (const platform of nodePlatforms) pathSegmentFrom(platform, amounts[platform.name])
