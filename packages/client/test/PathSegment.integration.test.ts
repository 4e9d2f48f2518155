/** Every valid OTP arrives as one path segment that decodes to it: 100,000 OTPs from Node, and 1,000 from Chromium. */
import { pathSegmentFrom } from "./suites/PathSegment.ts"
import { nodePlatforms } from "./support/Drivers.ts"
import { chromium } from "./support/ChromiumPlatform.ts"

const amounts = { fetch: 40_000, undici: 50_000, "node:http": 10_000, Chromium: 1000 }

for (const platform of [...nodePlatforms, chromium]) pathSegmentFrom(platform, amounts[platform.name])
