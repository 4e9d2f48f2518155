/**
 * Asks the person at the terminal, or whatever stands at the other end of
 * standard input.
 */
import * as Effect from "effect/Effect"
import * as Prompt from "effect/cli/Prompt"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as Screen from "./Screen.ts"

/** Standard input gave nothing. */
export class NoInput extends Schema.TaggedError<NoInput>("@metal-otp/cli/NoInput")("NoInput", {
  wanted: Schema.String
}) {
  override get message(): string {
    return `standard input gave no ${this.wanted}`
  }
}

/** There is a person, who can't see the question. */
export class Unasked extends Schema.TaggedError<Unasked>("@metal-otp/cli/Unasked")("Unasked", {}) {
  override get message(): string {
    return "The question can't be shown, since standard error is not the terminal."
  }
}

/** Whether there is somebody to ask: questions are shown on standard error, and answered on standard input. */
export const canAsk = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  return (yield* stdio.stdinIsTerminal) && (yield* Screen.capabilities).isTerminal
})

const plain: Partial<Prompt.Theme> = { tick: "*", ellipsis: "...", pointerSmall: ">" }

/** Standard output is for the result. */
const onStandardError = Effect.fnUntraced(function* <A>(prompt: Prompt.Prompt<A>) {
  const terminal = yield* Terminal.Terminal
  const stdio = yield* Stdio.Stdio
  const { colors, unicode } = yield* Screen.capabilities
  const columns = yield* Screen.Columns
  return yield* Prompt.run(prompt).pipe(
    // Whatever is shown next begins on a line of its own.
    Effect.tapError(() => Screen.write("\n")),
    Effect.provideService(Prompt.Theme, Prompt.makeTheme({ colors, ...(unicode ? {} : plain) })),
    Effect.provideService(
      Terminal.Terminal,
      Terminal.make({
        ...terminal,
        columns: Effect.map(columns, ({ error }) => (Number.isFinite(error) ? error : 80)),
        display: (text) => Effect.provideService(Screen.write(text), Stdio.Stdio, stdio)
      })
    )
  )
})

const nextLine = (wanted: string) =>
  Terminal.Terminal.pipe(
    Effect.flatMap((terminal) => terminal.readLine),
    Effect.mapError(() => new NoInput({ wanted })),
    Effect.map((line) => Redacted.make(line.trim())),
    Effect.filterOrFail(
      (line) => Redacted.value(line) !== "",
      () => new NoInput({ wanted })
    )
  )

/**
 * Asks for a secret: with hidden input on a terminal, else the next line of
 * standard input. Leaving the question fails with `QuitError`.
 *
 * @param wanted what it is, for the question and for the failure
 */
export const secret = Effect.fnUntraced(function* (wanted: string) {
  if (yield* canAsk) return yield* onStandardError(Prompt.Hidden({ message: `${wanted}:` }))
  // A terminal would show what is typed.
  if (yield* (yield* Stdio.Stdio).stdinIsTerminal) return yield* new NoInput({ wanted })
  return yield* nextLine(wanted)
})

/**
 * Asks yes or no. Nobody to ask is a yes: whoever writes a script has decided.
 * Fails with `Unasked` when a person types, and can't see the question.
 *
 * @param message the question
 */
export const consent = Effect.fnUntraced(function* (message: string) {
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stdinIsTerminal)) return true
  if (!(yield* stdio.stderrIsTerminal)) return yield* new Unasked({})
  if (yield* canAsk) return yield* onStandardError(Prompt.Confirm({ message }))
  // A terminal that can't move its cursor still shows lines.
  yield* Screen.write(`${message} (y/N) `)
  return /^y(es)?$/i.test((yield* (yield* Terminal.Terminal).readLine).trim())
})
