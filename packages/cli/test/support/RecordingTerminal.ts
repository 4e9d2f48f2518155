/** A terminal that records what a command writes to standard error. */
import { Effect, Sink, Stdio, Stream } from "effect"

export const terminal = () => {
  const shown: Array<string> = []
  const stdio = Stdio.make({
    args: Effect.succeed([]),
    stdin: Stream.empty,
    stdout: () => Sink.drain,
    stderr: () => Sink.forEach((text) => Effect.sync(() => shown.push(String(text)))),
    stderrIsTerminal: Effect.succeed(true)
  })
  return { shown, stdio }
}
