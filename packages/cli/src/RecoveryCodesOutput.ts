/**
 * Writes recovery codes to standard output, or to the file of `--save`.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type * as Stdio from "effect/Stdio"
import type { BadSetting } from "./BadSetting.ts"
import { BadUsage } from "./BadUsage.ts"
import * as Messages from "./Messages.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import { booleanFlag, optionalFlag } from "./RootCommand.ts"
import * as SaveFile from "./SaveFile.ts"
import type { Settings } from "./Settings.ts"

/** The flags of every command that writes recovery codes. */
export const flags = {
  save: optionalFlag(
    Flag.Path("save"),
    "FILE",
    "Write the recovery codes to a new file that only you can read, instead of showing them"
  ),
  force: booleanFlag("force", "Let --save replace a file")
}

const resultOf = (list: RecoveryCodeList.RecoveryCodeList): Output.Result => {
  const codes = RecoveryCodeList.values(list)
  return { data: { recovery_codes: codes }, columns: ["RECOVERY CODE"], rows: codes.map((code) => [code]) }
}

type WriteCodes = (
  list: RecoveryCodeList.RecoveryCodeList
) => Effect.Effect<void, Output.OutputFailed | SaveFile.SaveFailed, Stdio.Stdio>

/**
 * Checks the flags, prepares the file of `--save`, and returns a function that writes the codes. A command does this before its
 * call, so that codes are not replaced when the new ones can't be written.
 *
 * @param settings the settings of the command
 * @param flags the values of `flags`
 */
export const prepare = Effect.fnUntraced(function* (
  settings: Settings,
  { force, save }: { readonly save: Option.Option<string>; readonly force: boolean }
): Effect.fn.Return<
  WriteCodes,
  BadSetting | BadUsage | SaveFile.SaveFailed,
  FileSystem.FileSystem | Path.Path | Scope.Scope | Stdio.Stdio
> {
  const { value: chosenFormat } = yield* settings.output
  if (Option.isNone(save)) {
    if (force) return yield* new BadUsage({ message: "The flag --force needs --save, whose file it replaces." })
    const format = yield* Output.formatFor(chosenFormat)
    return (list) => Output.write(Output.render(resultOf(list), format))
  }
  if (save.value === (yield* Path.Path).resolve("-")) {
    return yield* new BadUsage({
      message: "The value of --save can't be -, which is not a file.",
      next: "Leave --save out to print the recovery codes to standard output."
    })
  }
  const format = Option.getOrElse(chosenFormat, () => "lines" as const)
  const file = yield* SaveFile.prepare(save.value, force)
  return (list) => {
    const size = RecoveryCodeList.size(list)
    const codes = size === 1 ? "1 recovery code is" : `${size} recovery codes are`
    return Effect.andThen(
      file.commit(Output.render(resultOf(list), format)),
      Messages.notice(`${codes} saved in ${printable(save.value)}, which only you can read.`)
    )
  }
})
