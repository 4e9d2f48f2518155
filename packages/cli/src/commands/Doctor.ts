/**
 * `metal-otp doctor`.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Doctor from "../Doctor.ts"
import * as ExitCode from "../ExitCode.ts"
import { Told } from "../Failure.ts"
import * as Output from "../Output.ts"
import * as Settings from "../Settings.ts"
import * as Spinner from "../Spinner.ts"

export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    const format = yield* Output.formatFor((yield* settings.output).value)
    const findings = yield* Spinner.around("Looking around")(Doctor.examine(settings))
    yield* Output.write(
      Output.render(
        {
          data: { checks: findings.map(({ check, detail, status }) => ({ check, status, detail })) },
          columns: ["CHECK", "STATUS", "DETAIL"],
          rows: findings.map(({ check, detail, status }) => [check, status, detail])
        },
        format
      )
    )
    const failed = findings.filter(({ status }) => status === "failed")
    if (failed.some(({ network }) => !network)) return yield* new Told({ code: ExitCode.usage })
    if (failed.length > 0) return yield* new Told({ code: ExitCode.network })
  })
).pipe(
  Command.withDescription(
    "Look at the configuration, the way to the API, and the clock. It shows no secret, and uses nothing up."
  ),
  Command.withExamples([{ command: "metal-otp doctor -o json" }])
)
