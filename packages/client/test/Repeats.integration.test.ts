/** What transports send again by themselves: in a page. */
import { repeatsBy } from "./suites/Repeats.ts"
import { inChromium } from "./support/InChromium.ts"

repeatsBy(inChromium)
