/** What a hostile reply may cost a page in memory. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { needsChromium } from "../../../test/support/Chromium.ts"
import type { Spec } from "./support/Calls.ts"
import * as ClientPage from "./support/ClientPage.ts"
import { hangsInBrowser, mostAbove, mostLeft, scenarios } from "./support/HostileServers.ts"
import { least } from "./support/least.ts"
import { token } from "./support/operations.ts"
import { wireServer } from "./support/WireServer.ts"

/** A page, and how to look at what it uses: the heap and the buffers of its scripts, and with what the browser keeps for it. */
const opened = Effect.gen(function* () {
  const { callFive, callWatched, context, page } = yield* Effect.flatMap(ClientPage.browser, ClientPage.openPage)
  const session = yield* Effect.promise(() => context.newCDPSession(page))
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage")
    const { backingStorageSize, embedderHeapUsedSize, usedSize } = await session.send("Runtime.getHeapUsage")
    return { ofScripts: usedSize + backingStorageSize, all: usedSize + backingStorageSize + embedderHeapUsedSize }
  }
  let peak = 0
  const look = async () => {
    peak = Math.max(peak, (await used()).ofScripts)
  }
  yield* Effect.promise(() => page.exposeFunction("look", look))
  const idle = Effect.promise(used)

  /** How far above idle the scripts come in one call, besides the largest piece of its body: the browser cuts those. */
  const peakOf = Effect.fnUntraced(function* (spec: Spec) {
    const before = yield* idle
    peak = 0
    // One look while it lasts, whatever comes.
    const [largest] = yield* Effect.all([callWatched(spec), Effect.promise(look)], { concurrency: 2 })
    yield* Effect.promise(look)
    return peak - before.ofScripts - largest
  })

  /** What ten calls leave behind. */
  const growthOf = Effect.fnUntraced(function* (spec: Spec) {
    const before = yield* idle
    // Garbage is collected in between, since what refers weakly to it grows with it.
    yield* Effect.andThen(callFive(spec), idle)
    yield* Effect.andThen(callFive(spec), idle)
    return (yield* idle).all - before.all
  })
  return { callFive, growthOf, peakOf }
})

class Memory extends Context.Service<Memory, Effect.Success<typeof opened>>()(
  "@metal-otp/client/test/HostileBrowserMemory"
) {}

describe("memory in Chromium", needsChromium, () => {
  layer(Layer.effect(Memory, opened), { timeout: "30 seconds" })((it) => {
    it.effect.each(scenarios.filter(({ bulk }) => bulk !== undefined))(
      "$name",
      (scenario) =>
        Effect.gen(function* () {
          const { callFive, growthOf, peakOf } = yield* Memory
          const { baseUrl } = yield* wireServer((socket) => scenario.answer(socket, scenario.bulk ?? 200))
          const timeout = hangsInBrowser(scenario) ? 100 : 10_000
          const spec: Spec = { operation: "regenerateCodes", baseUrl, token, timeout }
          yield* callFive(spec)
          const peak = yield* least(mostAbove, peakOf(spec))
          const growth = yield* least(mostLeft / 2, growthOf(spec))
          assert.isBelow(peak, mostAbove)
          assert.isBelow(growth, mostLeft / 2)
        }),
      ClientPage.again
    )
  })
})
