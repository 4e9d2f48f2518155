/**
 * Runs a command to its exit code: whatever goes wrong is told to the person
 * first.
 */
import * as CliError from "effect/cli/CliError"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Predicate from "effect/Predicate"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import type * as Terminal from "effect/Terminal"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import { foldHelp } from "./Fold.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import * as Report from "./Report.ts"
import * as Screen from "./Screen.ts"
import * as SpanTree from "./SpanTree.ts"
import * as Suggest from "./Suggest.ts"
import { version } from "./Version.ts"
import * as Program from "./Program.ts"

const flagged = ({ option }: { readonly option: string }) => (option.startsWith("-") ? option : `--${option}`)

const suggested = (suggestions: ReadonlyArray<string>) =>
  suggestions.length === 0 ? "" : ` Did you mean ${suggestions.join(" or ")}?`

/** What is wrong with a value, or that there is none. */
const badValue = ({ expected, kind, option, value }: CliError.InvalidValue) => {
  const name = kind === "flag" ? flagged({ option }) : option
  const wanted = expected.replace(/^Expected:? /, "").replaceAll('"', "")
  if (wanted === "at most 1 value") return `The flag ${name} is given more than once.`
  if (wanted.startsWith("Failed to check")) return `The value of ${name} is not the path of a file.`
  if (kind === "flag" && value === "") return `The flag ${name} needs a value: ${wanted}.`
  return `The value of ${name} can't be used. Expected: ${wanted}`
}

/** What is wrong with a command line. What stood there may be a secret in the wrong place, so it is not repeated. */
const misuse = (program: Completions.CommandDescriptor) =>
  Match.typeTags<CliError.NonShowHelpErrors, string>()({
    UnrecognizedOption: ({ command = [program.name], option }) =>
      `There is no flag ${printable(option)}.${suggested(Suggest.flags(program, command, option))}`,
    DuplicateOption: (error) => `The flag ${flagged(error)} is given twice.`,
    MissingOption: (error) => `The flag ${flagged(error)} is missing.`,
    MissingArgument: ({ argument }) => `The argument ${argument} is missing.`,
    UnexpectedArgument: ({ arguments: { length } }) =>
      length === 1 ? "There is one argument too many." : `There are ${length} arguments too many.`,
    InvalidValue: badValue,
    UnknownSubcommand: ({ parent = [program.name], subcommand }) =>
      `There is no such command.${suggested(Suggest.commands(program, parent, subcommand))}`,
    ValidationError: ({ message }) => message,
    UserError: () => "The command failed."
  })

const present = (text: string) => Effect.ignore(Output.writeStyled(`${text}\n`))

/** Help and versions are results; what is wrong with a command line is not. */
const presenter = Effect.fnUntraced(function* (command: Command.Command.Any) {
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof present>>>()
  const formatter = CliOutput.defaultFormatter({ colors: (yield* Screen.outputCapabilities).colors })
  const { output } = yield* yield* Screen.Columns
  return {
    present: (event: CliOutput.Presenter.Event) =>
      Effect.provide(
        Match.valueTags(event, {
          Help: ({ helpDoc }) => present(foldHelp(formatter.formatHelpDoc(helpDoc), output)),
          Version: ({ name, version }) => present(`${name} ${version}`),
          InvalidInvocation: ({ commandPath, errors }) =>
            Screen.error(
              Report.render({
                what: [...new Set(errors.map(misuse(Completions.fromCommand(command))))].join("\n  "),
                next: `See: ${[Program.name, ...commandPath.slice(1)].join(" ")} --help`
              })
            )
        }),
        context
      )
  }
})

const config = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

const tell = (report: Report.Report | undefined) =>
  report === undefined ? Effect.void : Screen.error(Report.render(report))

/** A defect may hold anything, so only its kind is told. */
const bug = (defect: unknown) =>
  tell({
    what: `This is a bug in metal-otp: ${Predicate.isError(defect) ? printable(defect.name) : typeof defect}.`,
    happened: "If the command has an effect, it may have happened.",
    next: "Please report it, without your token and codes."
  })

/**
 * Runs a command.
 *
 * @param command the tree that it is looked for in
 * @param args the words after the program's name
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
      // The presenter has told what is wrong with the command line.
      if (!CliError.isCliError(failure)) return Effect.as(tell(Failure.report(failure)), Failure.exitCode(failure))
      return Effect.succeed(failure._tag === "ShowHelp" && failure.errors.length === 0 ? ExitCode.done : ExitCode.usage)
    }),
    Effect.catchDefect((defect) => Effect.as(bug(defect), ExitCode.bug)),
    Effect.scoped,
    Effect.provideService(SpanTree.SpanTree, tree),
    Effect.withTracer(tree.tracer),
    Effect.provideService(CliOutput.Presenter, { present }),
    Effect.provide(config),
    Effect.provideService(References.LogToStderr, true)
  )
})

/** Ends the process with a code other than 0, in silence. */
export class Exited extends Data.TaggedError("Exited")<{ readonly code: number }> {
  override readonly [Runtime.errorExitCode] = this.code
}
