/** Records the output of a program, and waits for parts of it. */
import { Effect } from "effect"

/** How a program ended. */
export interface Ended {
  /** The exit code, or `null` after a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Transcript {
  /** Waits until the program prints a text. Fails the test when the program ends without it. */
  readonly waitFor: (text: string) => Effect.Effect<void>
  /** The standard output up to now. */
  readonly stdoutSoFar: () => string
  /** Waits for the end of the program. */
  readonly ended: Effect.Effect<Ended>
}

/** Makes an empty transcript, with the functions that add output and the exit code. */
export const make = () => {
  const output = { stdout: "", stderr: "" }
  let code: number | null | undefined
  const listeners = new Set<() => void>()
  const notify = () => {
    for (const listener of listeners) listener()
  }
  const until = <A>(ready: () => A | undefined) =>
    Effect.callback<A>((resume) => {
      const check = () => {
        const value = ready()
        if (value !== undefined) resume(Effect.succeed(value))
      }
      listeners.add(check)
      check()
      return Effect.sync(() => listeners.delete(check))
    })
  const includes = (text: string) => output.stdout.includes(text) || output.stderr.includes(text)
  const transcript: Transcript = {
    waitFor: (text) =>
      Effect.flatMap(
        until(() => (includes(text) ? true : code === undefined ? undefined : false)),
        (found) =>
          found ? Effect.void : Effect.die(new Error(`ended without "${text}": ${output.stdout}${output.stderr}`))
      ),
    stdoutSoFar: () => output.stdout,
    ended: until((): Ended | undefined => (code === undefined ? undefined : { code, ...output }))
  }
  return {
    transcript,
    append: (stream: "stdout" | "stderr", text: string) => {
      output[stream] += text
      notify()
    },
    end: (exitCode: number | null) => {
      code = exitCode
      notify()
    }
  }
}
