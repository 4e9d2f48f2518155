/**
 * `metal-otp recovery-codes`: shows them, and makes new ones.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type * as Stdio from "effect/Stdio"
import * as Ask from "../Ask.ts"
import { BadSetting } from "../BadSetting.ts"
import * as Call from "../Call.ts"
import * as ExitCode from "../ExitCode.ts"
import { ResultLost, Told } from "../Failure.ts"
import * as Output from "../Output.ts"
import { printable } from "../Printable.ts"
import { option, toggle } from "../Root.ts"
import * as SaveFile from "../SaveFile.ts"
import * as Screen from "../Screen.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"

const saving = {
  save: option(Flag.Path("save"), "FILE", "Write them to a new file that only you can read, and do not show them"),
  force: toggle("force", "Let --save replace a file")
}

const resultOf = (list: RecoveryCodeList.RecoveryCodeList): Output.Result => {
  const codes = RecoveryCodeList.values(list)
  return { data: { recovery_codes: codes }, columns: ["RECOVERY CODE"], rows: codes.map((code) => [code]) }
}

type Show = (
  list: RecoveryCodeList.RecoveryCodeList
) => Effect.Effect<void, Output.OutputFailed | SaveFile.SaveFailed, Stdio.Stdio>

/**
 * Where the codes go: to standard output, or to a file that is made ready
 * before the call, so that codes are not replaced only to have no place to go.
 */
const destination = Effect.fnUntraced(function* (
  settings: Settings.Settings,
  save: Option.Option<string>,
  force: boolean
): Effect.fn.Return<
  Show,
  BadSetting | SaveFile.SaveFailed,
  FileSystem.FileSystem | Path.Path | Scope.Scope | Stdio.Stdio
> {
  const { value: asked } = yield* settings.output
  if (Option.isNone(save)) {
    if (force) {
      const problem = "it lets --save replace a file, and there is no --save"
      return yield* new BadSetting({ setting: "force", source: "--force", problem })
    }
    const format = yield* Output.formatFor(asked)
    return (list) => Output.write(Output.render(resultOf(list), format))
  }
  if (save.value === (yield* Path.Path).resolve("-")) {
    const problem = "- is not a file, and without --save the codes go to standard output"
    return yield* new BadSetting({ setting: "save", source: "--save", problem })
  }
  const format = Option.getOrElse(asked, () => "lines" as const)
  const file = yield* SaveFile.prepare(save.value, force)
  return (list) => {
    const size = RecoveryCodeList.size(list)
    const saved = size === 1 ? "1 recovery code was" : `${size} recovery codes were`
    return Effect.andThen(
      file.commit(Output.render(resultOf(list), format)),
      Screen.notice(`${saved} saved to ${printable(save.value)}, for you only to read.`)
    )
  }
})

const list = Command.make(
  "list",
  saving,
  Effect.fnUntraced(function* ({ force, save }) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "findRecoveryCodes")
    const show = yield* destination(settings, save, force)
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
    ...saving,
    yes: toggle("yes", "Don't ask").pipe(Flag.withAlias("y"))
  },
  Effect.fnUntraced(function* ({ force, save, yes }) {
    const settings = yield* Settings.current
    const call = yield* Call.prepare(settings, "regenerateCodes")
    const show = yield* destination(settings, save, force)
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
