/**
 * Every way in which a command can fail, with its report and its exit code.
 */
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError } from "@metal-otp/schema/OtpsError"
import * as Data from "effect/Data"
import * as Match from "effect/Match"
import type { NoInput, Unasked } from "./Ask.ts"
import * as ExitCode from "./ExitCode.ts"
import type { OutputFailed } from "./Output.ts"
import * as Report from "./Report.ts"
import type { SaveFailed } from "./SaveFile.ts"
import type { BadSetting } from "./BadSetting.ts"
import type { NoToken } from "./Settings.ts"
import * as Program from "./Program.ts"

/** A call failed. */
export class CallFailed extends Data.TaggedError("CallFailed")<{
  readonly error: OtpsError
  readonly target: Report.Target
}> {}

/** The call succeeded, and then its result could not be written. */
export class ResultLost extends Data.TaggedError("ResultLost")<{
  readonly operation: Operation
  readonly why: OutputFailed | SaveFailed
}> {}

/** Something on this machine stands in the way: a port that is taken, a file that can't be used. */
export class Unusable extends Data.TaggedError("Unusable")<{ readonly report: Report.Report }> {}

/** An emulator did not answer in time. */
export class NotReady extends Data.TaggedError("NotReady")<{ readonly report: Report.Report }> {}

/** The command has told already what is wrong, as `doctor` does. */
export class Told extends Data.TaggedError("Told")<{ readonly code: number }> {}

export type Failure =
  | CallFailed
  | ResultLost
  | Unusable
  | NotReady
  | Told
  | BadSetting
  | NoToken
  | NoInput
  | Unasked
  | SaveFailed
  | OutputFailed

const nothingSent = "Nothing was sent."

/** What the process ends with. */
export const exitCode = Match.typeTags<Failure, number>()({
  CallFailed: ({ error }) => ExitCode.of(error),
  ResultLost: () => ExitCode.unknown,
  Unusable: () => ExitCode.usage,
  NotReady: () => ExitCode.network,
  Told: ({ code }) => code,
  BadSetting: () => ExitCode.usage,
  NoToken: () => ExitCode.usage,
  NoInput: () => ExitCode.usage,
  Unasked: () => ExitCode.usage,
  SaveFailed: () => ExitCode.usage,
  // Whoever reads has got what was wanted.
  OutputFailed: ({ closed }) => (closed ? ExitCode.done : ExitCode.usage)
})

/** What the person is told; nothing where there is nothing to tell. */
export const report = Match.typeTags<Failure, Report.Report | undefined>()({
  CallFailed: ({ error, target }) => Report.ofCall(error, target),
  ResultLost: ({ operation, why }) => ({ what: why.message, happened: Report.consequence(operation, "Applied") }),
  Unusable: ({ report }) => report,
  NotReady: ({ report }) => report,
  Told: () => undefined,
  BadSetting: ({ message, setting }) => ({
    what: message,
    happened: nothingSent,
    next:
      setting === "save" || setting === "force"
        ? undefined
        : `See all settings, and their sources: ${Program.name} doctor`
  }),
  NoToken: ({ message }) => ({
    what: message,
    happened: nothingSent,
    next:
      "Set METAL_AUTH_TOKEN, put `token: ...` into ~/.config/equinix/metal.yaml, or give --token-file\n" +
      `  (- reads standard input). To try things out, start an emulator: ${Program.name} emulator`
  }),
  NoInput: ({ wanted }) => ({
    what: `No ${wanted} was given: standard input is empty, or can't be asked without showing what is typed.`,
    happened: nothingSent,
    next: `Give the ${wanted} on standard input, or run the command on a terminal that can hide it.`
  }),
  Unasked: ({ message }) => ({ what: message, happened: nothingSent, next: "Give --yes to go on without it." }),
  SaveFailed: ({ message, reason }) => ({
    what: message,
    // What has replaced the codes is told as `ResultLost`.
    happened: "Nothing was changed at the server.",
    next: reason === "Exists" ? "Choose another name, or give --force to replace it." : "Choose another place."
  }),
  OutputFailed: ({ closed, message }) => (closed ? undefined : { what: message })
})
