import { Effect, Layer } from "effect"
import { needsChromium } from "../../../../test/support/Chromium.ts"
import * as ClientPage from "./ClientPage.ts"
import { Drivers, type Platform } from "./Drivers.ts"

/** A page in Chromium. */
export const chromium: Platform = {
  name: "Chromium",
  options: needsChromium,
  layer: Layer.effect(
    Drivers,
    Effect.map(ClientPage.browser, (browser) => ({ open: ClientPage.open(browser) }))
  )
}
