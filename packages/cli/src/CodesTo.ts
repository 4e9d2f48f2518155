/**
 * Where recovery codes go: to standard output, or to a file.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type * as Stdio from "effect/Stdio"
import { BadSetting } from "./BadSetting.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import { option, toggle } from "./Root.ts"
import * as SaveFile from "./SaveFile.ts"
import * as Screen from "./Screen.ts"
import type { Settings } from "./Settings.ts"

/** The flags of every command that gives recovery codes. */
export const flags = {
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
 * Prepares the place where codes go: standard output, or a file that is made ready
 * before the call, so that codes are not replaced only to have no place to go.
 *
 * @param settings the person's
 * @param flags what the person said of it
 */
export const prepare = Effect.fnUntraced(function* (
  settings: Settings,
  { force, save }: { readonly save: Option.Option<string>; readonly force: boolean }
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
