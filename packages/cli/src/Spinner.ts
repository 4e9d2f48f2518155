/**
 * Shows a spinner while a call runs, with its time and its retries. On a pipe and with `--quiet` it shows nothing.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Stdio from "effect/Stdio"
import * as Messages from "./Messages.ts"
import { SpanTree } from "./SpanTree.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"

const brailleFrames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
const asciiFrames = ["-", "\\", "|", "/"]

const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

/** Shortens the label, and then the time, to fit on one line: the terminal can clear only one. */
const fit = (label: string, time: string, columns: number) => {
  const available = Math.max(0, columns - "| ".length - 1)
  const shortened = label.slice(0, Math.max(0, available - time.length - 1))
  const spaced = shortened === "" ? "" : `${shortened} `
  return { label: spaced, time: time.slice(0, available - spaced.length) }
}

/**
 * Shows a spinner while an effect runs. When the effect ends in any way, it clears the line and shows the cursor again.
 *
 * @param label what the user waits for
 */
export const around =
  (label: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | SpanTree | Stdio.Stdio> =>
    Effect.gen(function* () {
      const { colors, isTerminal, unicode } = yield* TerminalCapabilities.stderr
      if (!isTerminal || (yield* Messages.Quiet)) return yield* effect

      const tree = yield* SpanTree
      let retries = 0
      tree.onEvent((event) => {
        if (event === "retry") retries++
      })
      const start = yield* Clock.currentTimeMillis
      let frame = 0
      const frames = unicode ? brailleFrames : asciiFrames
      const columns = yield* TerminalCapabilities.CurrentColumns
      const draw = Effect.gen(function* () {
        const symbol = TerminalCapabilities.paint("green", frames[frame++ % frames.length] ?? "", colors)
        const seconds = Math.floor(Duration.toSeconds(Duration.millis((yield* Clock.currentTimeMillis) - start)))
        const retried = retries === 0 ? "" : `, ${retries === 1 ? "1 retry" : `${retries} retries`}`
        const fitted = fit(label, `${seconds}s${retried}`, (yield* columns).stderr)
        yield* Messages.write(
          `${clearLine}${hideCursor}${symbol} ${fitted.label}${TerminalCapabilities.paint("dim", fitted.time, colors)}`
        )
      })
      return yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Messages.write(clearLine + showCursor))
          yield* Effect.forkScoped(Effect.forever(Effect.andThen(draw, Effect.sleep("80 millis"))))
          return yield* effect
        })
      )
    })
