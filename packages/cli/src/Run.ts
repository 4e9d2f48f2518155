/**
 * Runs a command, reports its failure to the user, and returns its exit code.
 */
import * as CliError from "effect/cli/CliError"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Predicate from "effect/Predicate"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import type * as Terminal from "effect/Terminal"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Messages from "./Messages.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import { programName } from "./ProgramName.ts"
import * as Report from "./Report.ts"
import { SubcommandIsOptional } from "./RootCommand.ts"
import * as SpanTree from "./SpanTree.ts"
import * as Suggest from "./Suggest.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"
import { version } from "./Version.ts"
import { wrapHelp } from "./WordWrap.ts"

const withDashes = ({ option }: { readonly option: string }) => (option.startsWith("-") ? option : `--${option}`)

const didYouMean = (suggestions: ReadonlyArray<string>) =>
  suggestions.length === 0 ? "" : ` Did you mean ${suggestions.join(" or ")}?`

const badValue = ({ expected, kind, option, value }: CliError.InvalidValue) => {
  const name = kind === "flag" ? withDashes({ option }) : option
  const wanted = expected.replace(/^Expected:? /, "").replaceAll('"', "")
  if (wanted === "at most 1 value") return `The flag ${name} is given more than once.`
  if (wanted.startsWith("Failed to check")) return `The value of ${name} is not the path of a file.`
  if (kind === "flag" && value === "") return `The flag ${name} needs a value: ${wanted}.`
  return `The value of ${name} can't be used. Expected: ${wanted}`
}

/** A flag in words. Names of flags have letters and hyphens only: anything else may be a misplaced secret. */
const namedFlag = (option: string) => (/^--?[a-z]+(?:-[a-z]+)*$/i.test(option) ? `flag ${option}` : "such flag")

const isUnknownShortFlag = (error: CliError.NonShowHelpErrors) =>
  error._tag === "UnrecognizedOption" && !error.option.startsWith("--")

/** Leaves out all unknown short flags but the first. Effect takes `-tSECRET` for one flag for each letter. */
const withOneShortFlag = (errors: ReadonlyArray<CliError.NonShowHelpErrors>) => {
  const first = errors.find(isUnknownShortFlag)
  return errors.filter((error) => !isUnknownShortFlag(error) || error === first)
}

/** Says what is wrong with a command line. It repeats no argument and no value, which may be a misplaced secret. */
const usageProblem = (program: Completions.CommandDescriptor) =>
  Match.typeTags<CliError.NonShowHelpErrors, string>()({
    UnrecognizedOption: ({ command = [program.name], option }) =>
      `There is no ${namedFlag(option)}.${didYouMean(Suggest.flags(program, command, option))}`,
    DuplicateOption: (error) => `The flag ${withDashes(error)} is given twice.`,
    MissingOption: (error) => `The flag ${withDashes(error)} is missing.`,
    MissingArgument: ({ argument }) => `The argument ${argument} is missing.`,
    UnexpectedArgument: ({ arguments: { length } }) =>
      `${length === 1 ? "There is one argument" : `There are ${length} arguments`} too many. Quote an argument with spaces.`,
    InvalidValue: badValue,
    UnknownSubcommand: ({ parent = [program.name], subcommand }) =>
      `There is no such command.${didYouMean(Suggest.commands(program, parent, subcommand))}`,
    ValidationError: ({ message }) => message,
    UserError: () => "The command failed."
  })

const print = (text: string) => Effect.ignore(Output.writeStyled(`${text}\n`))

const withOptionalSubcommand = (help: HelpDoc.HelpDoc): HelpDoc.HelpDoc =>
  Context.get(help.annotations, SubcommandIsOptional)
    ? { ...help, usage: help.usage.replace("<subcommand>", "[<subcommand>]") }
    : help

/** Prints help and versions to standard output, and wrong usage to standard error. */
const presenter = Effect.fnUntraced(function* (command: Command.Command.Any) {
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof print>>>()
  const formatter = CliOutput.defaultFormatter({ colors: (yield* TerminalCapabilities.stdout).colors })
  const columns = yield* TerminalCapabilities.columns
  return {
    present: (event: CliOutput.Presenter.Event) =>
      Effect.provide(
        Match.valueTags(event, {
          Help: ({ helpDoc }) =>
            print(wrapHelp(formatter.formatHelpDoc(withOptionalSubcommand(helpDoc)), columns.stdout)),
          Version: ({ name, version }) => print(`${name} ${version}`),
          InvalidInvocation: ({ commandPath, errors }) =>
            Messages.error(
              Report.render({
                problem: [
                  ...new Set(withOneShortFlag(errors).map(usageProblem(Completions.fromCommand(command))))
                ].join("\n  "),
                next: `See: ${[programName, ...commandPath.slice(1)].join(" ")} --help`
              })
            )
        }),
        context
      )
  }
})

const config = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

const showReport = (report: Report.Report | undefined) =>
  report === undefined ? Effect.void : Messages.error(Report.render(report))

/** Reports a defect by its type only, since it may hold a secret. */
const reportDefect = (defect: unknown) =>
  showReport({
    problem: `This is a bug in metal-otp: ${Predicate.isError(defect) ? printable(defect.name) : typeof defect}.`,
    happened: "If the command has an effect, it may have happened.",
    next: "Please report it, without your token and codes."
  })

/**
 * Runs a command, and returns its exit code.
 *
 * @param command the root command
 * @param args the arguments after the program's name
 */
export const execute = Effect.fnUntraced(function* <
  Name extends string,
  Input,
  ContextInput,
  E extends Failure.Failure | Terminal.QuitError,
  R
>(command: Command.Command<Name, Input, ContextInput, E, R>, args: ReadonlyArray<string>) {
  const { present } = yield* presenter(command)
  const tree = yield* SpanTree.make
  return yield* Effect.flatMap(version, (version) => Command.runWith(command, { version })(args)).pipe(
    Effect.withSpan("metal-otp"),
    Effect.as(ExitCode.done),
    Effect.catch((failure) => {
      // The presenter has already shown what is wrong with the command line.
      if (!CliError.isCliError(failure))
        return Effect.as(showReport(Failure.report(failure)), Failure.exitCode(failure))
      return Effect.succeed(failure._tag === "ShowHelp" && failure.errors.length === 0 ? ExitCode.done : ExitCode.usage)
    }),
    Effect.catchDefect((defect) => Effect.as(reportDefect(defect), ExitCode.bug)),
    Effect.scoped,
    Effect.provideService(SpanTree.SpanTree, tree),
    Effect.withTracer(tree.tracer),
    Effect.provideService(CliOutput.Presenter, { present }),
    Effect.provide(config),
    Effect.provideService(References.LogToStderr, true)
  )
})

/** Ends the process with this exit code. The user has already seen the failure. */
export class Exited extends Data.TaggedError("Exited")<{ readonly code: number }> {
  override readonly [Runtime.errorExitCode] = this.code
}
