/** The memory that a hostile reply takes in a page. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { needsChromium } from "../../../test/support/Chromium.ts"
import type { Spec } from "./support/Calls.ts"
import * as ClientPage from "./support/ClientPage.ts"
import { hangsInBrowser, maxAboveIdle, maxLeft, scenarios } from "./support/HostileServers.ts"
import { smallest } from "./support/smallest.ts"
import { token } from "./support/operations.ts"
import { wireServer } from "./support/WireServer.ts"

/** A page, and measurements of its memory: the heap and buffers of its scripts, and all with what the browser keeps for it. */
const opened = Effect.gen(function* () {
  const { callFive, callWatched, context, page } = yield* Effect.flatMap(ClientPage.browser, ClientPage.openPage)
  const session = yield* Effect.promise(() => context.newCDPSession(page))
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage")
    const { backingStorageSize, embedderHeapUsedSize, usedSize } = await session.send("Runtime.getHeapUsage")
    return { ofScripts: usedSize + backingStorageSize, all: usedSize + backingStorageSize + embedderHeapUsedSize }
  }
  let peak = 0
  const measureMemory = async () => {
    peak = Math.max(peak, (await used()).ofScripts)
  }
  yield* Effect.promise(() => page.exposeFunction("measureMemory", measureMemory))
  const idle = Effect.promise(used)

  /** The peak of the scripts above idle in one call, without the largest piece of its body: the browser chooses that size. */
  const peakOf = Effect.fnUntraced(function* (spec: Spec) {
    const before = yield* idle
    peak = 0
    // Measures at least once during the call.
    const [largest] = yield* Effect.all([callWatched(spec), Effect.promise(measureMemory)], { concurrency: 2 })
    yield* Effect.promise(measureMemory)
    return peak - before.ofScripts - largest
  })

  /** The bytes that ten calls leave. */
  const growthOf = Effect.fnUntraced(function* (spec: Spec) {
    const before = yield* idle
    // Garbage is collected in between: each code is in a WeakMap, which grows with it.
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
    it.effect.each(scenarios.filter(({ largeWith }) => largeWith !== undefined))(
      "$name",
      (scenario) =>
        Effect.gen(function* () {
          const { callFive, growthOf, peakOf } = yield* Memory
          const { baseUrl } = yield* wireServer((socket) => scenario.answer(socket, scenario.largeWith ?? 200))
          const timeout = hangsInBrowser(scenario) ? 100 : 10_000
          const spec: Spec = { operation: "regenerateCodes", baseUrl, token, timeout }
          yield* callFive(spec)
          const peak = yield* smallest(maxAboveIdle, peakOf(spec))
          const growth = yield* smallest(maxLeft / 2, growthOf(spec))
          assert.isBelow(peak, maxAboveIdle)
          assert.isBelow(growth, maxLeft / 2)
        }),
      ClientPage.retries
    )
  })
})
