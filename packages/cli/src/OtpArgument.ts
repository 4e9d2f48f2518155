/**
 * The OTP of a command: an argument, or else the answer to a question.
 */
import * as Otp from "@metal-otp/schema/Otp"
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { CallFailed } from "./Failure.ts"
import * as Prompts from "./Prompts.ts"
import type { Settings } from "./Settings.ts"

/**
 * Makes the optional argument.
 *
 * @param accepted what the user may give, for the help
 */
export const make = (accepted: string) =>
  Argument.Redacted("OTP").pipe(
    Argument.withDescription(`${accepted}. Default: ask for it, or read it from standard input`),
    Argument.optional
  )

/**
 * Reads the argument. Without one, asks for the OTP. Fails with `CallFailed` when the text can't be an OTP.
 *
 * @param settings the settings of the command
 * @param argument the argument
 */
export const read = Effect.fnUntraced(function* (
  settings: Settings,
  argument: Option.Option<Redacted.Redacted<string>> = Option.none()
) {
  const text = Option.isSome(argument) ? argument.value : yield* Prompts.secret("OTP")
  const { value: baseUrl } = yield* settings.apiUrl
  return yield* Effect.mapError(Otp.make(text), (error) => new CallFailed({ error, baseUrl }))
})
