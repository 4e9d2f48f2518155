/**
 * `metal-otp demo`: the whole story in a minute.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"

export const demo = Command.make(
  "demo",
  {},
  Effect.fnUntraced(function* () {
    const { tell } = yield* Effect.promise(() => import("../Story.ts"))
    yield* tell
  })
).pipe(Command.withDescription("Show all operations on an emulator of its own."))
