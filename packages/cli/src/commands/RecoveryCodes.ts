/**
 * `metal-otp recovery-codes`: shows them, and makes new ones.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Ask from "../Ask.ts"
import * as Call from "../Call.ts"
import * as CodesTo from "../CodesTo.ts"
import * as ExitCode from "../ExitCode.ts"
import { ResultLost, Told } from "../Failure.ts"
import { toggle } from "../Root.ts"
import * as Screen from "../Screen.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"

const list = Command.make(
  "list",
  CodesTo.flags,
  Effect.fnUntraced(function* (flags) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "findRecoveryCodes")
    const show = yield* CodesTo.prepare(settings, flags)
    const codes = yield* call("Reading the recovery codes", (client) => client.findRecoveryCodes())
    yield* show(codes)
    if (RecoveryCodeList.size(codes) === 0) {
      yield* Screen.notice(`No recovery code is left. Get new ones with: ${Program.name} recovery-codes regenerate`)
    }
  }, Effect.scoped)
).pipe(
  Command.withDescription("Show the recovery codes that still work."),
  Command.withExamples([
    { command: `${Program.name} recovery-codes list`, description: "Show them" },
    {
      command: `${Program.name} recovery-codes list --save codes.txt`,
      description: "Keep them in a file with mode 0600"
    },
    { command: `${Program.name} recovery-codes list -o json | jq -r '.recovery_codes[]'` }
  ])
)

const regenerate = Command.make(
  "regenerate",
  {
    ...CodesTo.flags,
    yes: toggle("yes", "Don't ask").pipe(Flag.withAlias("y"))
  },
  Effect.fnUntraced(function* ({ yes, ...flags }) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "regenerateCodes")
    const show = yield* CodesTo.prepare(settings, flags)
    if (!yes && !(yield* Ask.consent("The recovery codes that you have will stop working. Generate new ones?"))) {
      yield* Screen.notice("No new recovery codes were generated.")
      return yield* new Told({ code: ExitCode.stopped })
    }
    const codes = yield* call("Generating new recovery codes", (client) => client.regenerateCodes())
    yield* Effect.mapError(show(codes), (why) => new ResultLost({ operation: "regenerateCodes", why }))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Generate new recovery codes. The old ones stop working at once."),
  Command.withExamples([
    { command: `${Program.name} recovery-codes regenerate`, description: "Ask first, then show the new ones" },
    { command: `${Program.name} recovery-codes regenerate --yes --save codes.txt`, description: "In a script" }
  ])
)

export const recoveryCodes = Command.make("recovery-codes").pipe(
  Command.withDescription("Show the recovery codes, or generate new ones."),
  Command.withSubcommands([list, regenerate])
)
