/**
 * What is said of an operation that has an effect and no result.
 */
import type { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import { ResultLost } from "./Failure.ts"
import * as Output from "./Output.ts"
import * as Screen from "./Screen.ts"
import type { Settings } from "./Settings.ts"

/**
 * Prepares to say it: a sentence on standard error, or an object on standard
 * output where JSON or YAML was asked for.
 *
 * @param settings the person's
 * @param operation what is done
 */
export const prepare = Effect.fnUntraced(function* (settings: Settings, operation: Operation) {
  const format = yield* Output.formatFor((yield* settings.output).value)
  const data = { operation, outcome: "Applied" }
  return (sentence: string) =>
    format === "json" || format === "yaml"
      ? Effect.mapError(
          Output.write(Output.render({ data, columns: [], rows: [] }, format)),
          (why) => new ResultLost({ operation, why })
        )
      : Screen.notice(sentence)
})
