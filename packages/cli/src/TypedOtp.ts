/**
 * The OTP that a command takes: an argument, or an answer.
 */
import * as Otp from "@metal-otp/schema/Otp"
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Ask from "./Ask.ts"
import { CallFailed } from "./Failure.ts"
import type { Settings } from "./Settings.ts"

/**
 * The argument.
 *
 * @param what what may be given, for the help
 */
export const argument = (what: string) =>
  Argument.Redacted("OTP").pipe(
    Argument.withDescription(`${what}. Default: ask for it, or read it from standard input`),
    Argument.optional
  )

/**
 * Reads what was given, or else asks for it. Fails with `CallFailed` where that
 * can't be an OTP.
 *
 * @param settings the person's
 * @param given the argument
 */
export const read = Effect.fnUntraced(function* (
  settings: Settings,
  given: Option.Option<Redacted.Redacted<string>> = Option.none()
) {
  const typed = Option.isSome(given) ? given.value : yield* Ask.secret("OTP")
  const { value: baseUrl } = yield* settings.apiUrl
  return yield* Effect.mapError(Otp.make(typed), (error) => new CallFailed({ error, target: { baseUrl } }))
})
