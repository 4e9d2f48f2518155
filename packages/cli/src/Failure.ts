/**
 * Every way in which a command can fail, with its exit code and its report for the user.
 */
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError } from "@metal-otp/schema/OtpsError"
import * as Data from "effect/Data"
import * as Match from "effect/Match"
import type { BadSetting } from "./BadSetting.ts"
import type { BadUsage } from "./BadUsage.ts"
import * as ExitCode from "./ExitCode.ts"
import type { OutputFailed } from "./Output.ts"
import { programName } from "./ProgramName.ts"
import type { NoInput, QuestionHidden } from "./Prompts.ts"
import * as Report from "./Report.ts"
import type { SaveFailed } from "./SaveFile.ts"
import type { NoToken } from "./Settings.ts"

/** A call of the API failed. */
export class CallFailed extends Data.TaggedError("CallFailed")<{
  readonly error: OtpsError
  readonly baseUrl: string
  /** The host of the proxy, if the call went through one. */
  readonly proxy?: string | undefined
}> {}

/** A call of the API succeeded, and then its result could not be written. */
export class ResultLost extends Data.TaggedError("ResultLost")<{
  readonly operation: Operation
  readonly cause: OutputFailed | SaveFailed
}> {}

/** A value from the user can't be used on this machine: a port that is taken, a file that can't be read. */
export class Unusable extends Data.TaggedError("Unusable")<{ readonly report: Report.Report }> {}

/** An emulator was not ready in time. */
export class NotReady extends Data.TaggedError("NotReady")<{ readonly report: Report.Report }> {}

/** The command has already shown what is wrong, as `doctor` does. The process only has to end with this code. */
export class AlreadyReported extends Data.TaggedError("AlreadyReported")<{ readonly code: number }> {}

export type Failure =
  | CallFailed
  | ResultLost
  | Unusable
  | NotReady
  | AlreadyReported
  | BadSetting
  | BadUsage
  | NoToken
  | NoInput
  | QuestionHidden
  | SaveFailed
  | OutputFailed

const nothingSent = "Nothing was sent."

/** The exit code of a failure. */
export const exitCode = Match.typeTags<Failure, number>()({
  CallFailed: ({ error }) => ExitCode.of(error),
  ResultLost: () => ExitCode.unknown,
  Unusable: () => ExitCode.usage,
  NotReady: () => ExitCode.network,
  AlreadyReported: ({ code }) => code,
  BadSetting: () => ExitCode.usage,
  BadUsage: () => ExitCode.usage,
  NoToken: () => ExitCode.usage,
  NoInput: () => ExitCode.usage,
  QuestionHidden: () => ExitCode.usage,
  SaveFailed: () => ExitCode.usage,
  // The reader of a closed pipe has read all that it wanted, as `head` does.
  OutputFailed: ({ closed }) => (closed ? ExitCode.done : ExitCode.usage)
})

/** The report of a failure, or `undefined` when there is nothing to show. */
export const report = Match.typeTags<Failure, Report.Report | undefined>()({
  CallFailed: ({ baseUrl, error, proxy }) => Report.ofCall(error, baseUrl, proxy),
  ResultLost: ({ cause, operation }) => ({
    problem: cause.message,
    happened: Report.consequence(operation, "Applied")
  }),
  Unusable: ({ report }) => report,
  NotReady: ({ report }) => report,
  AlreadyReported: () => undefined,
  BadSetting: ({ message }) => ({
    problem: message,
    happened: nothingSent,
    next: `See all settings and their sources with: ${programName} doctor`
  }),
  BadUsage: ({ message, next }) => ({ problem: message, happened: nothingSent, next }),
  NoToken: ({ message }) => ({
    problem: message,
    happened: nothingSent,
    next:
      "Set METAL_AUTH_TOKEN, put `token: ...` into ~/.config/equinix/metal.yaml, or give --token-file\n" +
      `  (- is standard input). To try things out, start an emulator with: ${programName} emulator`
  }),
  NoInput: ({ message, reason, wanted }) => ({
    problem: message,
    happened: nothingSent,
    next:
      reason === "Empty"
        ? `Give the ${wanted} on standard input, or run the command on a terminal.`
        : `Give the ${wanted} on standard input, or use a terminal that can hide it, without redirecting standard error.`
  }),
  QuestionHidden: ({ message }) => ({
    problem: message,
    happened: nothingSent,
    next: "Give --yes to go on without the question."
  }),
  SaveFailed: ({ message, reason }) => ({
    problem: message,
    // Once the server has changed something, the failure is `ResultLost`.
    happened: "Nothing was changed at the server.",
    next: reason === "Exists" ? "Choose another name, or give --force to replace it." : "Choose another place."
  }),
  OutputFailed: ({ closed, message }) => (closed ? undefined : { problem: message })
})
