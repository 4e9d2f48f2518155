/**
 * `metal-otp doctor`: checks the settings, and the network to the API.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ExitCode from "../ExitCode.ts"
import { AlreadyReported } from "../Failure.ts"
import * as Output from "../Output.ts"
import { programName } from "../ProgramName.ts"
import * as Settings from "../Settings.ts"
import * as Spinner from "../Spinner.ts"
import * as TerminalCapabilities from "../TerminalCapabilities.ts"

export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    // A wrong setting is a result of the checks, and does not stop them.
    const output = yield* Effect.option(settings.output)
    const format = yield* Output.formatFor(Option.flatMap(output, ({ value }) => value))
    // `--token-file -` may ask for the token, so read it before the spinner runs.
    yield* Effect.catchIf(
      settings.token,
      (failure) => failure._tag !== "QuitError",
      () => Effect.void
    )
    // Imported here, because the other commands start faster without TLS.
    const { run } = yield* Effect.promise(() => import("../Doctor.ts"))
    const results = yield* Spinner.around("Running the checks")(run(settings))
    yield* Output.write(
      Output.render(
        {
          data: { checks: results.map(({ check, detail, status }) => ({ check, status, detail })) },
          columns: ["CHECK", "STATUS", "DETAIL"],
          rows: results.map(({ check, detail, status }) => [check, status, detail])
        },
        format,
        (yield* TerminalCapabilities.columns).stdout
      )
    )
    const failed = results.filter(({ status }) => status === "failed")
    if (failed.some(({ isNetwork }) => !isNetwork)) return yield* new AlreadyReported({ code: ExitCode.usage })
    if (failed.length > 0) return yield* new AlreadyReported({ code: ExitCode.network })
  })
).pipe(
  Command.withDescription(
    "Check the settings, the network to the API, and the clock. Shows no secret, and sends no token."
  ),
  Command.withExamples([
    { command: `${programName} doctor`, description: "Check everything" },
    { command: `${programName} doctor -o json`, description: "For a script" }
  ])
)
