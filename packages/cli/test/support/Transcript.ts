import { Effect } from "effect"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Gathers what a program says, and waits for pieces of it. */
export const make = () => {
  const told = { stdout: "", stderr: "" }
  let code: number | null | undefined
  const listeners = new Set<() => void>()
  const tell = () => {
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
  return {
    hear: (output: "stdout" | "stderr", text: string) => {
      told[output] += text
      tell()
    },
    end: (exitCode: number | null) => {
      code = exitCode
      tell()
    },
    /** Waits for a text; fails the test when the program ends without it. */
    said: (text: string) =>
      Effect.flatMap(
        until(() =>
          told.stdout.includes(text) || told.stderr.includes(text) ? true : code === undefined ? undefined : false
        ),
        (found) =>
          found ? Effect.void : Effect.die(new Error(`ended without "${text}": ${told.stdout}${told.stderr}`))
      ),
    /** What it has said on standard output by now. */
    soFar: () => told.stdout,
    ended: until((): Ended | undefined => (code === undefined ? undefined : { code, ...told }))
  }
}
