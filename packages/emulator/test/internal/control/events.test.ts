import { assert, describe, it } from "@effect/vitest"
import { type ControlModel, Emulator, Faults } from "@metal-otp/emulator"
import { Deferred, Effect, Stream } from "effect"
import * as events from "../../../src/internal/control/events.ts"
import { turns } from "../../../../../test/support/Spans.ts"
import { users } from "../../support/Asking.ts"

/** A listener that has read the first event, and reads no more until it is asked to. */
const listening = Effect.fnUntraced(function* (user?: string) {
  const view = yield* Emulator.make({ users })
  const faults = yield* Faults.make()
  const stream = events.make({ view, faults, closing: yield* Deferred.make<void>() }, user)
  const pull = yield* Stream.toPull(stream)
  assert.deepStrictEqual([...(yield* pull)], [{ _tag: "Connected", now: 0 }])
  const readUntil = (tag: ControlModel.Event["_tag"]) =>
    Effect.gen(function* () {
      const read: Array<ControlModel.Event> = []
      while (read.at(-1)?._tag !== tag) read.push(...(yield* pull))
      return read
    })
  const repeat = (times: number, change: Effect.Effect<void>) =>
    Effect.andThen(Effect.replicateEffect(change, times, { discard: true }), turns(10))
  return { readUntil, repeat, view }
})

const missedIn = (read: ReadonlyArray<ControlModel.Event>) =>
  read.flatMap((event) => (event._tag === "EventsMissed" ? event.count : []))

describe("events", () => {
  it.effect("wait for a listener that is behind", () =>
    Effect.gen(function* () {
      const { readUntil, repeat, view } = yield* listening()
      yield* repeat(999, view.clearOutbox())
      yield* repeat(1, view.clearRequests())
      const read = yield* readUntil("RequestsCleared")
      assert.strictEqual(read.filter(({ _tag }) => _tag === "OutboxCleared").length, 999)
      assert.deepStrictEqual(missedIn(read), [])
    })
  )

  it.effect("that a listener misses are counted in one event, and the later ones follow", () =>
    Effect.gen(function* () {
      const { readUntil, repeat, view } = yield* listening()
      for (const times of [5000, 2500]) {
        yield* repeat(times, view.clearOutbox())
        yield* repeat(1, view.clearRequests())
        const read = yield* readUntil("RequestsCleared")
        const missed = missedIn(read)
        assert.lengthOf(missed, 1)
        assert.strictEqual((missed[0] ?? 0) + read.length - 1, times + 1)
      }
    })
  )

  it.effect("about other users push out none of the user whom a listener asks for", () =>
    Effect.gen(function* () {
      const { readUntil, repeat, view } = yield* listening("alice")
      yield* repeat(1, view.unlock("alice"))
      yield* repeat(2000, view.unlock("bob"))
      assert.deepStrictEqual(yield* readUntil("UserChanged"), [{ _tag: "UserChanged", user: "alice" }])
    })
  )
})
