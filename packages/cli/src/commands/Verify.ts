/**
 * `metal-otp verify`.
 */
import * as Otp from "@metal-otp/schema/Otp"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ask from "../Ask.ts"
import * as Call from "../Call.ts"
import * as Done from "../Done.ts"
import { CallFailed } from "../Failure.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"

export const verify = Command.make(
  "verify",
  {
    otp: Argument.Redacted("OTP").pipe(
      Argument.withDescription("The OTP or a recovery code. Default: ask for it, or read it from standard input"),
      Argument.optional
    )
  },
  Effect.fnUntraced(function* ({ otp }) {
    const settings = yield* Settings.current
    const done = yield* Done.prepare(settings, "findEnsureOtp")
    const call = yield* Call.prepare(settings, "findEnsureOtp")
    const typed = Option.isSome(otp) ? otp.value : yield* Ask.secret("OTP")
    const { value: baseUrl } = yield* settings.apiUrl
    const valid = yield* Effect.mapError(Otp.make(typed), (error) => new CallFailed({ error, target: { baseUrl } }))
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
