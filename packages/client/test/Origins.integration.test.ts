/** Nothing but the one request that was asked for arrives anywhere: in a page. */
import { originsFrom } from "./suites/Origins.ts"
import { inChromium } from "./support/InChromium.ts"

originsFrom(inChromium)
