/**
 * `metal-otp sms send`: sends an OTP by SMS.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Call from "../Call.ts"
import { programName } from "../ProgramName.ts"
import * as Settings from "../Settings.ts"
import * as SuccessMessage from "../SuccessMessage.ts"

const send = Command.make(
  "send",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    const reportSuccess = yield* SuccessMessage.prepare(settings, "receiveCodes")
    const call = yield* Call.prepare(settings, "receiveCodes")
    yield* call("Asking for an SMS", (client) => client.receiveCodes())
    yield* reportSuccess(`An SMS with an OTP is on its way to your phone. Verify it with: ${programName} verify`)
  })
).pipe(
  Command.withDescription("Send an OTP to your mobile phone by SMS."),
  Command.withExamples([
    { command: `${programName} sms send && ${programName} verify`, description: "Get an OTP, and verify it" }
  ])
)

export const sms = Command.make("sms").pipe(
  Command.withDescription("Get an OTP by SMS."),
  Command.withSubcommands([send])
)
