import { Effect, Sink, Stdio } from "effect"

/** A terminal that keeps what it is shown on standard error. */
export const terminal = () => {
  const shown: Array<string> = []
  return {
    shown,
    layer: Stdio.layerTest({
      stderrIsTerminal: Effect.succeed(true),
      stderr: () => Sink.forEach((text) => Effect.sync(() => shown.push(String(text))))
    })
  }
}
