/**
 * `metal-otp verify`.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Call from "../Call.ts"
import * as Done from "../Done.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"
import * as TypedOtp from "../TypedOtp.ts"

export const verify = Command.make(
  "verify",
  { otp: TypedOtp.argument("The OTP or a recovery code") },
  Effect.fnUntraced(function* ({ otp }) {
    const settings = yield* Settings.current
    const done = yield* Done.prepare(settings, "findEnsureOtp")
    const call = yield* Call.prepare(settings, "findEnsureOtp")
    const valid = yield* TypedOtp.read(settings, otp)
    yield* call("Verifying", (client) => client.findEnsureOtp(valid))
    yield* done("Verified.")
  })
).pipe(
  Command.withDescription("Verify an OTP or a recovery code. This uses it up."),
  Command.withExamples([
    { command: `${Program.name} verify`, description: "Type it without showing it: it is not in the shell's history" },
    { command: `oathtool --totp -b - < secret | ${Program.name} verify`, description: "From another program" }
  ])
)
