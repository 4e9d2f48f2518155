/**
 * `metal-otp sms send`.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Call from "../Call.ts"
import * as Done from "../Done.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"

const send = Command.make(
  "send",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    const done = yield* Done.prepare(settings, "receiveCodes")
    const call = yield* Call.prepare(settings, "receiveCodes")
    yield* call("Asking for an SMS", (client) => client.receiveCodes())
    yield* done(`An SMS with an OTP is on its way to your phone. Verify it with: ${Program.name} verify`)
  })
).pipe(
  Command.withDescription("Send an OTP to your mobile phone by SMS."),
  Command.withExamples([
    { command: `${Program.name} sms send && ${Program.name} verify`, description: "Ask for an OTP and verify it" }
  ])
)

export const sms = Command.make("sms").pipe(
  Command.withDescription("Get an OTP by SMS."),
  Command.withSubcommands([send])
)
