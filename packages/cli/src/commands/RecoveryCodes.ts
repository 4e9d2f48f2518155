/**
 * `metal-otp recovery-codes`: lists the recovery codes, and replaces them.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Call from "../Call.ts"
import * as ExitCode from "../ExitCode.ts"
import { AlreadyReported, ResultLost } from "../Failure.ts"
import * as Messages from "../Messages.ts"
import { programName } from "../ProgramName.ts"
import * as Prompts from "../Prompts.ts"
import * as RecoveryCodesOutput from "../RecoveryCodesOutput.ts"
import { booleanFlag } from "../RootCommand.ts"
import * as Settings from "../Settings.ts"

const list = Command.make(
  "list",
  RecoveryCodesOutput.flags,
  Effect.fnUntraced(function* (flags) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "findRecoveryCodes")
    const writeCodes = yield* RecoveryCodesOutput.prepare(settings, flags)
    const codes = yield* call("Reading the recovery codes", (client) => client.findRecoveryCodes())
    yield* writeCodes(codes)
    if (RecoveryCodeList.size(codes) === 0) {
      yield* Messages.notice(`No recovery code is left. Get new ones with: ${programName} recovery-codes regenerate`)
    }
  }, Effect.scoped)
).pipe(
  Command.withDescription("Show the recovery codes that still work."),
  Command.withExamples([
    { command: `${programName} recovery-codes list`, description: "Show the codes" },
    {
      command: `${programName} recovery-codes list --save codes.txt`,
      description: "Save them to a file that only you can read"
    },
    {
      command: `${programName} recovery-codes list -o json | jq -r '.recovery_codes[]'`,
      description: "For a script"
    }
  ])
)

const regenerate = Command.make(
  "regenerate",
  {
    ...RecoveryCodesOutput.flags,
    yes: booleanFlag("yes", "Don't ask before replacing the codes").pipe(Flag.withAlias("y"))
  },
  Effect.fnUntraced(function* ({ yes, ...flags }) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "regenerateCodes")
    const writeCodes = yield* RecoveryCodesOutput.prepare(settings, flags)
    if (!yes && !(yield* Prompts.confirm("The recovery codes that you have will stop working. Generate new ones?"))) {
      yield* Messages.notice("No new recovery codes were generated.")
      return yield* new AlreadyReported({ code: ExitCode.stopped })
    }
    const codes = yield* call("Generating new recovery codes", (client) => client.regenerateCodes())
    yield* Effect.mapError(writeCodes(codes), (cause) => new ResultLost({ operation: "regenerateCodes", cause }))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Generate new recovery codes. The old ones stop working at once."),
  Command.withExamples([
    { command: `${programName} recovery-codes regenerate`, description: "Ask first, then show the new codes" },
    { command: `${programName} recovery-codes regenerate --yes --save codes.txt`, description: "In a script" }
  ])
)

export const recoveryCodes = Command.make("recovery-codes").pipe(
  Command.withDescription("Show the recovery codes, or generate new ones."),
  Command.withSubcommands([list, regenerate])
)
