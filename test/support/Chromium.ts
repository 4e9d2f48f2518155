import { Effect } from "effect"
import { chromium } from "playwright-core"
import { needs, pathOf } from "./Needs.ts"

/** Options of a suite that needs a Chromium. */
export const needsChromium = needs("chromium")

/** One Chromium while the scope lasts, which asks nothing of the network by itself. */
export const launch = (...more: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      chromium.launch({
        executablePath: pathOf("chromium") ?? "chromium",
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--host-resolver-rules=MAP evil.example 127.0.0.1",
          ...more
        ]
      })
    ),
    (browser) => Effect.promise(() => browser.close())
  )
