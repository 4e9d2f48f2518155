import { Effect, Layer } from "effect"
import { needsChromium } from "../../../../test/support/Chromium.ts"
import * as ClientPage from "./ClientPage.ts"
import { Place, type Where } from "./Drivers.ts"

/** A page in Chromium. */
export const inChromium: Where = {
  name: "Chromium",
  options: needsChromium,
  layer: Layer.effect(
    Place,
    Effect.map(ClientPage.browser, (browser) => ({ open: ClientPage.open(browser) }))
  )
}
