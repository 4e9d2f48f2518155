/**
 * `metal-otp verify`: verifies an OTP or a recovery code.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Call from "../Call.ts"
import * as OtpArgument from "../OtpArgument.ts"
import { programName } from "../ProgramName.ts"
import * as Settings from "../Settings.ts"
import * as SuccessMessage from "../SuccessMessage.ts"

export const verify = Command.make(
  "verify",
  { otp: OtpArgument.make("The OTP or a recovery code") },
  Effect.fnUntraced(function* ({ otp: argument }) {
    const settings = yield* Settings.current
    const reportSuccess = yield* SuccessMessage.prepare(settings, "findEnsureOtp")
    const call = yield* Call.prepare(settings, "findEnsureOtp")
    const otp = yield* OtpArgument.read(settings, argument)
    yield* call("Verifying", (client) => client.findEnsureOtp(otp))
    yield* reportSuccess("Verified.")
  })
).pipe(
  Command.withDescription("Verify an OTP or a recovery code. This uses it up."),
  Command.withExamples([
    {
      command: `${programName} verify`,
      description: "Type it without showing it, and without keeping it in the shell's history"
    },
    { command: `oathtool --totp -b - < secret | ${programName} verify`, description: "Take it from another program" }
  ])
)
