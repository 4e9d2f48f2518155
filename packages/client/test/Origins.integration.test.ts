/** A call sends its one request to the API and nothing anywhere else: in Chromium. */
import { originsFrom } from "./suites/Origins.ts"
import { chromium } from "./support/ChromiumPlatform.ts"

originsFrom(chromium)
