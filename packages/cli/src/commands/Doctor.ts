/**
 * `metal-otp doctor`.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExitCode from "../ExitCode.ts"
import { Told } from "../Failure.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"
import * as Settings from "../Settings.ts"
import * as Spinner from "../Spinner.ts"
import * as Program from "../Program.ts"

export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    // A setting that can't work is what it is here to tell.
    const asked = yield* Effect.option(settings.output)
    const format = yield* Output.formatFor(Option.flatMap(asked, ({ value }) => value))
    // It may have to be asked for, which the spinner would be in the way of.
    yield* Effect.catchIf(
      settings.token,
      (failure) => failure._tag !== "QuitError",
      () => Effect.void
    )
    // TLS is for it only, and the other commands start without.
    const { examine } = yield* Effect.promise(() => import("../Doctor.ts"))
    const findings = yield* Spinner.around("Looking around")(examine(settings))
    yield* Output.write(
      Output.render(
        {
          data: { checks: findings.map(({ check, detail, status }) => ({ check, status, detail })) },
          columns: ["CHECK", "STATUS", "DETAIL"],
          rows: findings.map(({ check, detail, status }) => [check, status, detail])
        },
        format,
        (yield* yield* Screen.Columns).output
      )
    )
    const failed = findings.filter(({ status }) => status === "failed")
    if (failed.some(({ network }) => !network)) return yield* new Told({ code: ExitCode.usage })
    if (failed.length > 0) return yield* new Told({ code: ExitCode.network })
  })
).pipe(
  Command.withDescription(
    "Check the settings, the way to the API, and the clock. Shows no secret, and sends no token."
  ),
  Command.withExamples([{ command: `${Program.name} doctor -o json` }])
)
