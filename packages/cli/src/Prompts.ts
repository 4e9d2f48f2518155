/**
 * Asks the user on the terminal. Without a terminal, reads the answer from standard input.
 */
import * as Effect from "effect/Effect"
import * as Prompt from "effect/cli/Prompt"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as Messages from "./Messages.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"

/** There is no answer. */
export class NoInput extends Schema.TaggedError<NoInput>("@metal-otp/cli/NoInput")("NoInput", {
  /** The name of the missing value. */
  wanted: Schema.String,
  /** `"Empty"`: standard input has no such line. `"Visible"`: the terminal would show the secret while the user types it. */
  reason: Schema.Literals(["Empty", "Visible"])
}) {
  override get message(): string {
    return this.reason === "Empty"
      ? `No ${this.wanted} was given: standard input is empty.`
      : `No ${this.wanted} was given: the terminal would show it while you type.`
  }
}

/** The user types on a terminal, but can't see the question. */
export class QuestionHidden extends Schema.TaggedError<QuestionHidden>("@metal-otp/cli/QuestionHidden")(
  "QuestionHidden",
  {}
) {
  override get message(): string {
    return "The question can't be shown: standard error is not the terminal."
  }
}

/** Whether a prompt works: it is shown on standard error, and answered on standard input. */
export const canPrompt = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  return (yield* stdio.stdinIsTerminal) && (yield* TerminalCapabilities.stderr).isTerminal
})

const asciiTheme: Partial<Prompt.Theme> = { tick: "*", ellipsis: "...", pointerSmall: ">" }

/** The width that a prompt assumes when the terminal's width is unknown. */
const defaultColumns = 80

/** Runs a prompt on standard error, since standard output is for the result. */
const runPrompt = Effect.fnUntraced(function* <A>(prompt: Prompt.Prompt<A>) {
  const terminal = yield* Terminal.Terminal
  const stdio = yield* Stdio.Stdio
  const { colors, unicode } = yield* TerminalCapabilities.stderr
  const columns = yield* TerminalCapabilities.CurrentColumns
  return yield* Prompt.run(prompt).pipe(
    // When the user leaves the prompt, the next message starts on a new line.
    Effect.tapError(() => Messages.write("\n")),
    Effect.provideService(Prompt.Theme, Prompt.makeTheme({ colors, ...(unicode ? {} : asciiTheme) })),
    Effect.provideService(
      Terminal.Terminal,
      Terminal.make({
        ...terminal,
        columns: Effect.map(columns, ({ stderr }) => (Number.isFinite(stderr) ? stderr : defaultColumns)),
        display: (text) => Effect.provideService(Messages.write(text), Stdio.Stdio, stdio)
      })
    )
  )
})

const nextLine = (wanted: string) =>
  Terminal.Terminal.pipe(
    Effect.flatMap((terminal) => terminal.readLine),
    Effect.mapError(() => new NoInput({ wanted, reason: "Empty" })),
    Effect.map((line) => Redacted.make(line.trim())),
    Effect.filterOrFail(
      (line) => Redacted.value(line) !== "",
      () => new NoInput({ wanted, reason: "Empty" })
    )
  )

/**
 * Asks for a secret on the terminal, without showing it. Without a terminal, reads the next line of standard input. Fails with
 * `NoInput`, and with `QuitError` when the user leaves the prompt.
 *
 * @param wanted the name of the secret, for the prompt and the failure
 */
export const secret = Effect.fnUntraced(function* (wanted: string) {
  if (yield* canPrompt) return yield* runPrompt(Prompt.Hidden({ message: `${wanted}:` }))
  if (yield* (yield* Stdio.Stdio).stdinIsTerminal) return yield* new NoInput({ wanted, reason: "Visible" })
  return yield* nextLine(wanted)
})

/**
 * Asks yes or no. The answer is yes when standard input is not a terminal: the author of a script has decided. Fails with
 * `QuestionHidden` when the user can't see the question, and with `QuitError` when the user leaves it.
 *
 * @param message the question
 */
export const confirm = Effect.fnUntraced(function* (message: string) {
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stdinIsTerminal)) return true
  if (!(yield* stdio.stderrIsTerminal)) return yield* new QuestionHidden({})
  if (yield* canPrompt) return yield* runPrompt(Prompt.Confirm({ message }))
  // A terminal that can't move its cursor still shows lines.
  yield* Messages.write(`${message} (y/N) `)
  return /^y(es)?$/i.test((yield* (yield* Terminal.Terminal).readLine).trim())
})
