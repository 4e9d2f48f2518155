import { Effect } from "effect"
import { chromium } from "playwright-core"
import { needs, pathOf } from "./Needs.ts"

/** The options of a suite that needs Chromium. */
export const needsChromium = needs("chromium")

/** Launches a Chromium while the scope lasts, which sends no requests of its own. */
export const launch = (...flags: ReadonlyArray<string>) =>
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
          ...flags
        ]
      })
    ),
    (browser) => Effect.promise(() => browser.close())
  )
