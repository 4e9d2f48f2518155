/**
 * Shows on a terminal that something is under way: for how long, and how often
 * it was tried again. On a pipe, and with `--quiet`, there is nothing.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Stdio from "effect/Stdio"
import * as Screen from "./Screen.ts"
import { SpanTree } from "./SpanTree.ts"

const braille = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
const ascii = ["-", "\\", "|", "/"]

const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
const clearLine = "\r\u001b[2K"

// A line that breaks can't be cleared. What is cut first is the label, since the time tells more.
const fit = (label: string, time: string, columns: number) => {
  const room = Math.max(0, columns - "| ".length - 1)
  const shortened = label.slice(0, Math.max(0, room - time.length - 1))
  const spaced = shortened === "" ? "" : `${shortened} `
  return { label: spaced, time: time.slice(0, room - spaced.length) }
}

/**
 * Turns while an effect runs. However that ends, the line is cleared and the
 * cursor is back.
 *
 * @param label what is under way
 */
export const around =
  (label: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | SpanTree | Stdio.Stdio> =>
    Effect.gen(function* () {
      const { colors, isTerminal, unicode } = yield* Screen.capabilities
      if (!isTerminal || (yield* Screen.Quiet)) return yield* effect

      const tree = yield* SpanTree
      let retries = 0
      tree.onEvent((event) => {
        if (event === "retry") retries++
      })
      const start = yield* Clock.currentTimeMillis
      let frame = 0
      const frames = unicode ? braille : ascii
      const columns = yield* Screen.Columns
      const draw = Effect.gen(function* () {
        const turn = Screen.paint("green", frames[frame++ % frames.length] ?? "", colors)
        const seconds = Math.floor(Duration.toSeconds(Duration.millis((yield* Clock.currentTimeMillis) - start)))
        const again = retries === 0 ? "" : `, ${retries === 1 ? "1 retry" : `${retries} retries`}`
        const fitting = fit(label, `${seconds}s${again}`, (yield* columns).error)
        yield* Screen.write(
          `${clearLine}${hideCursor}${turn} ${fitting.label}${Screen.paint("dim", fitting.time, colors)}`
        )
      })
      return yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Screen.write(clearLine + showCursor))
          yield* Effect.forkScoped(Effect.forever(Effect.andThen(draw, Effect.sleep("80 millis"))))
          return yield* effect
        })
      )
    })
