/**
 * Reports the success of an operation that has an effect and no result.
 */
import type { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import { ResultLost } from "./Failure.ts"
import * as Messages from "./Messages.ts"
import * as Output from "./Output.ts"
import * as Settings from "./Settings.ts"

/**
 * Reads the output format, and returns a function that reports the success: as a JSON or YAML document on standard output if
 * the user wants one of these, or else as a sentence on standard error.
 *
 * @param settings the settings of the command
 * @param operation the operation that the command calls
 */
export const prepare = Effect.fnUntraced(function* (settings: Settings.Settings, operation: Operation) {
  const format = yield* Settings.outputFormat(settings)
  const document = { operation, outcome: "Applied" }
  return (sentence: string) =>
    Output.isDocument(format)
      ? Effect.mapError(Output.writeDocument(document, format), (cause) => new ResultLost({ operation, cause }))
      : Messages.notice(sentence)
})
