/**
 * `metal-otp demo`: shows OTPs and recovery codes at work.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { programName } from "../ProgramName.ts"

export const demo = Command.make(
  "demo",
  {},
  Effect.fnUntraced(function* () {
    const { run } = yield* Effect.promise(() => import("../Demo.ts"))
    yield* run
  })
).pipe(
  Command.withDescription("Show OTPs and recovery codes at work, on an emulator of its own."),
  Command.withExamples([{ command: `${programName} demo`, description: "No account and no setting is needed" }])
)
