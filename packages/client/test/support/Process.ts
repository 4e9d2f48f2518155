import { Effect } from "effect"
import { inspect } from "node:util"
import { vi } from "vitest"

const events: ReadonlySet<string> = new Set(["warning", "unhandledRejection", "uncaughtExceptionMonitor"])

const methods = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const

const text = (value: unknown) => {
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : inspect(value, { depth: Infinity })
}

/** Lets the event loop turn, so that what is on its way out of this process gets there. */
const turn = Effect.promise(() => new Promise(setImmediate))

/**
 * Keeps what gets out by way of the process while the scope lasts: what is
 * printed, past Effect's `Console` too, warnings, rejections that nobody handles
 * and exceptions that nobody catches. All of it ends here.
 *
 * `diagnostics_channel` is left out: who listens there (to undici's
 * `undici:request:create`, say) is given the request itself.
 */
export const recordProcess = Effect.gen(function* () {
  const kept: Record<string, Array<string>> = {}
  const keep = (sink: string, ...values: ReadonlyArray<unknown>) => {
    const texts = (kept[sink] ??= [])
    texts.push(...values.map(text))
    return true
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const emit = process.emit.bind(process)
      return [
        vi
          .spyOn(process, "emit")
          .mockImplementation((event: string, ...values: ReadonlyArray<unknown>) =>
            events.has(event) ? keep(event, ...values) : Reflect.apply(emit, process, [event, ...values])
          ),
        vi.spyOn(process.stdout, "write").mockImplementation((chunk) => keep("stdout", chunk)),
        vi.spyOn(process.stderr, "write").mockImplementation((chunk) => keep("stderr", chunk)),
        ...methods.map((method) =>
          vi.spyOn(globalThis.console, method).mockImplementation((...values: ReadonlyArray<unknown>) => {
            keep("console", ...values)
          })
        )
      ]
    }),
    (spies) =>
      Effect.sync(() => {
        for (const spy of spies) spy.mockRestore()
      })
  )
  return Effect.as(turn, kept)
})
