/** Requests that Chromium repeats by itself. */
import { repeatsBy } from "./suites/Repeats.ts"
import { chromium } from "./support/ChromiumPlatform.ts"

repeatsBy(chromium)
