/** Each call under each failure of `worst`, with all that somebody could read searched for secrets. */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { assertNoSecrets, observe } from "../support/Sinks.ts"
import { calls, clientOf, worst } from "../support/Worst.ts"

/** Chooses calls for an answer, by the index of both. */
export type Choice = (answer: number, call: number) => boolean

/** The calls that are chosen for an answer. */
export const chosenCalls = (choice: Choice, answer: number) =>
  Object.entries(calls).filter((_, call) => choice(answer, call))

/** Tests that no call shows a secret, whatever the API answers. */
export const nothingLeaksUnderTheWorst = (choice: Choice) => {
  for (const [index, [name, answer]] of Object.entries(worst).entries()) {
    describe(name, () => {
      it.effect.each(chosenCalls(choice, index))("shows no secret of %s", ([operation, call]) =>
        Effect.gen(function* () {
          const { sinks } = yield* observe(call(yield* clientOf(answer)), TestClock.adjust("1 minute"))
          assertNoSecrets(sinks, `${operation} under ${name}`)
        })
      )
    })
  }
}
