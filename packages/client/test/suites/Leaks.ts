/** Every call under every failure, and every sink searched in every encoding. */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { assertNothing, observe } from "../support/Sinks.ts"
import { calls, clientOf, worst } from "../support/Worst.ts"

/**
 * Tests that nothing leaks.
 *
 * @param choice which calls meet an answer, by the place of both
 */
export const nothingLeaksUnderTheWorst = (choice: (answer: number) => (call: number) => boolean) => {
  for (const [index, [name, answer]] of Object.entries(worst).entries()) {
    const chosen = choice(index)
    describe(name, () => {
      it.effect.each(Object.entries(calls).filter((_, at) => chosen(at)))("shows nothing of %s", ([operation, call]) =>
        Effect.gen(function* () {
          const { sinks } = yield* observe(call(yield* clientOf(answer)), TestClock.adjust("1 minute"))
          assertNothing(sinks, `${operation} under ${name}`)
        })
      )
    })
  }
}
