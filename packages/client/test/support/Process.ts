/** Records what leaves the test's process other than through Effect. */
import { Effect } from "effect"
import { inspect } from "node:util"

const events: ReadonlySet<string> = new Set(["warning", "unhandledRejection", "uncaughtExceptionMonitor"])

const methods = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const

const text = (value: unknown) => {
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : inspect(value, { depth: Infinity })
}

/** Lets the event loop turn once, so that pending output, warnings and rejections arrive. */
const turn = Effect.promise(() => new Promise(setImmediate))

/**
 * Replaces a method while the scope lasts. `vi.spyOn` also records the calls, and takes ten times as long: thousands of
 * calls are observed.
 */
const replacing = <K extends string>(
  target: { [key in K]: unknown },
  method: K,
  replacement: (...values: ReadonlyArray<unknown>) => unknown
) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const own = Object.getOwnPropertyDescriptor(target, method)
      Object.defineProperty(target, method, { value: replacement, configurable: true, writable: true })
      return own
    }),
    (own) =>
      Effect.sync(() =>
        own === undefined ? Reflect.deleteProperty(target, method) : Object.defineProperty(target, method, own)
      )
  )

/**
 * Records what leaves the process while the scope lasts: everything that is printed, warnings, unhandled rejections and
 * uncaught exceptions. None of it goes any further. The result is an effect: it waits for pending output, and gives the
 * texts by where they would appear.
 *
 * `diagnostics_channel` is left out: its subscribers (to undici's `undici:request:create`, say) get the request itself.
 */
export const recordProcess = Effect.gen(function* () {
  const recorded: Record<string, Array<string>> = {}
  const record = (sink: string, ...values: ReadonlyArray<unknown>) => {
    const texts = (recorded[sink] ??= [])
    texts.push(...values.map(text))
    return true
  }
  const emit = process.emit.bind(process)
  yield* replacing(process, "emit", (event, ...values) =>
    typeof event === "string" && events.has(event)
      ? record(event, ...values)
      : Reflect.apply(emit, process, [event, ...values])
  )
  yield* replacing(process.stdout, "write", (chunk) => record("stdout", chunk))
  yield* replacing(process.stderr, "write", (chunk) => record("stderr", chunk))
  for (const method of methods) {
    yield* replacing(globalThis.console, method, (...values) => void record("console", ...values))
  }
  return Effect.as(turn, recorded)
})
