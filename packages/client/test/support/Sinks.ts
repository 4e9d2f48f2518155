import { Cause, Console, Effect, ErrorReporter, Exit, Fiber, Logger, Metric, References, Result } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { assert } from "@effect/vitest"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"
import { inspect } from "node:util"
import { found } from "./Canaries.ts"
import { recordProcess } from "./Process.ts"
import { metrics as measured, natives } from "./Subject.ts"
import { recordSpans } from "../../../../test/support/Spans.ts"

/** All texts that anybody could get to see, by where they would see them. */
export type Sinks = Readonly<Record<string, ReadonlyArray<string>>>

const inspected = (value: unknown, options: { readonly showHidden: boolean; readonly customInspect: boolean }) =>
  inspect(value, { ...options, depth: Infinity, getters: true, maxStringLength: null, maxArrayLength: null })

/** `util.inspect` at its most curious, with custom inspection and without. */
export const inspections = (value: unknown): Sinks => ({
  inspect: [inspected(value, { showHidden: true, customInspect: true })],
  "inspect, not custom": [inspected(value, { showHidden: true, customInspect: false })]
})

/** What the client's own version of Effect shows, where that is another one. */
const ofNatives = (): Sinks => {
  const { texts, values } = natives()
  return prefixed("native", merged([...values.map(shown), ...(texts.length === 0 ? [] : [{ texts }])]))
}

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

/** Own and inherited properties, symbols and getters included. */
const properties = (value: object): ReadonlyArray<string> => {
  const keys = new Set<PropertyKey>()
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) keys.add(key)
  }
  return Array.from(keys, (key) => {
    const got = Result.try({ try: (): unknown => Reflect.get(value, key, value), catch: () => "unreadable" })
    return `${String(key)}: ${inspect(Result.merge(got), { depth: 5, showHidden: true })}`
  })
}

/** As JSON, or why it can't be. */
const json = (value: unknown) =>
  Result.merge(
    Result.try({
      try: () => JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? "",
      catch: String
    })
  )

/** A value as another thread or a store gets it, if it can be cloned at all. */
const cloned = (value: unknown): Sinks => {
  const clone = Result.try({ try: (): unknown => structuredClone(value), catch: () => undefined })
  return Result.isFailure(clone) ? {} : { structuredClone: Object.values(inspections(clone.success)).flat() }
}

/** A value in every way to write it down. */
export const shown = (value: unknown): Sinks => ({
  String: [String(value)],
  "JSON.stringify": [json(value)],
  ...inspections(value),
  ...cloned(value),
  properties: isObject(value) ? properties(value) : [],
  ...(value instanceof Error && { message: [value.message, value.stack ?? "", inspect(value.cause)] })
})

/** Many in one. */
export const merged = (all: ReadonlyArray<Sinks>): Sinks => {
  const sinks: Record<string, Array<string>> = {}
  for (const [name, texts] of all.flatMap(Object.entries<ReadonlyArray<string>>)) (sinks[name] ??= []).push(...texts)
  return sinks
}

const prefixed = (prefix: string, sinks: Sinks): Sinks =>
  Object.fromEntries(Object.entries(sinks).map(([name, texts]) => [`${prefix}: ${name}`, texts]))

const ofExit = (exit: Exit.Exit<unknown, unknown>): Sinks => {
  if (Exit.isSuccess(exit)) return merged([prefixed("Exit", shown(exit)), prefixed("value", shown(exit.value))])
  return merged([
    prefixed("Exit", shown(exit)),
    prefixed("Cause", shown(exit.cause)),
    { "Cause.pretty": [Cause.pretty(exit.cause)] },
    ...exit.cause.reasons.map((reason) => {
      switch (reason._tag) {
        case "Fail":
          return prefixed("failure", shown(reason.error))
        case "Die":
          return prefixed("defect", shown(reason.defect))
        case "Interrupt":
          return prefixed("interruption", shown(reason))
      }
    })
  ])
}

const formats = {
  simple: Logger.formatSimple,
  logfmt: Logger.formatLogFmt,
  JSON: Logger.formatJson,
  structured: Logger.formatStructured
}

const printers = {
  default: Logger.defaultLogger,
  "pretty, tty": Logger.consolePrettyTty({ colors: false }),
  "pretty, tty, colours": Logger.consolePretty({ mode: "tty", colors: true }),
  "pretty, browser": Logger.consolePretty({ mode: "browser" }),
  "logfmt, printed": Logger.consoleLogFmt,
  "JSON, printed": Logger.consoleJson,
  "structured, printed": Logger.consoleStructured
}

/** Logs by all of Effect's own loggers, from the lowest level on. The tracer's writes them into the spans. */
const recordLogs = () => {
  const kept: Record<string, Array<string>> = {}
  let printing = ""
  const keep = (logger: string, line: unknown) => {
    const lines = (kept[`log: ${logger}`] ??= [])
    lines.push(typeof line === "string" ? line : inspect(line, { depth: Infinity }))
  }
  const console: Console.Console = new NodeConsole({
    stdout: new Writable({
      write(chunk, _, done) {
        keep(printing, String(chunk))
        done()
      }
    }),
    inspectOptions: { depth: Infinity }
  })
  const loggers = [
    Logger.tracerLogger,
    ...Object.entries(formats).map(([name, logger]: [string, Logger.Logger<unknown, unknown>]) =>
      Logger.map(logger, (line) => keep(name, line))
    ),
    ...Object.entries(printers).map(([name, logger]) =>
      Logger.make((options: Logger.Options<unknown>) => {
        printing = name
        logger.log(options)
      })
    )
  ]
  return {
    lines: kept,
    logged: <A, E, R>(self: Effect.Effect<A, E, R>) =>
      self.pipe(
        Effect.provide(Logger.layer(loggers)),
        Effect.provideService(Console.Console, console),
        Effect.provideService(References.MinimumLogLevel, "Trace")
      )
  }
}

const recordReports = () => {
  const reports: Array<string> = []
  const reporter = ErrorReporter.make(({ attributes, cause, error }) => {
    reports.push(...[attributes, cause, error].flatMap((value) => Object.values(shown(value)).flat()))
  })
  return { reports, reported: Effect.provide(ErrorReporter.layer([reporter])) }
}

/** Does with the end of a call what a program does: logs it, reports it, and lets it end a span. */
export const handled = (self: Effect.Effect<unknown, unknown>): Effect.Effect<Exit.Exit<unknown, unknown>> =>
  self.pipe(
    Effect.withErrorReporting,
    Effect.tapCause((cause) => Effect.logError("the call failed", cause)),
    Effect.tap((value) => Effect.logInfo("the call succeeded", value)),
    Effect.withSpan("caller"),
    Effect.exit,
    Effect.annotateLogs("by", "caller"),
    Effect.withLogSpan("call")
  )

/** Runs to its end, taking steps until it is there. */
export const driven = Effect.fnUntraced(function* <A, E>(self: Effect.Effect<A, E>, step: Effect.Effect<void>) {
  const fiber = yield* Effect.forkChild(self, { startImmediately: true })
  while (fiber.pollUnsafe() === undefined) {
    yield* step
    yield* Effect.promise(() => new Promise(setImmediate))
  }
  return yield* Fiber.join(fiber)
})

/**
 * Runs a call, and gives what its caller gets of it and what its spans hold,
 * logs among their events: the quick look, for thousands of calls.
 *
 * @param self the call
 * @param step what to do until it ends: nothing, or have time pass
 */
export const glance = Effect.fnUntraced(function* (
  self: Effect.Effect<unknown, unknown>,
  step: Effect.Effect<void> = Effect.void
) {
  const { spans, traced } = recordSpans()
  natives()
  const exit = yield* driven(traced(handled(self)), step)
  const sinks: Sinks = { ...ofExit(exit), ...prefixed("spans", merged(spans.map(inspections))), ...ofNatives() }
  return { exit, sinks }
})

/**
 * Runs a call with everything recorded, and gives all that anybody could get to
 * see of it.
 *
 * @param self the call
 * @param step what to do until it ends: nothing, or have time pass
 */
export const observe = Effect.fnUntraced(function* (
  self: Effect.Effect<unknown, unknown>,
  step: Effect.Effect<void> = Effect.void
) {
  const { lines, logged } = recordLogs()
  const { reports, reported } = recordReports()
  const ended = yield* recordProcess
  const before = new Set(Array.from(yield* measured, (measure) => JSON.stringify(measure)))
  const [{ exit, sinks }, metrics, measures, exposition, dump] = yield* Effect.all([
    glance(self, step),
    Metric.snapshot,
    measured,
    PrometheusMetrics.format(),
    Metric.dump
  ]).pipe(logged, reported, Effect.provideService(Metric.MetricRegistry, new Map()))
  const all: Sinks = {
    ...sinks,
    ...lines,
    reports,
    ...prefixed("metrics", inspections(metrics)),
    "metrics: JSON": measures.map((measure) => JSON.stringify(measure)).filter((text) => !before.has(text)),
    "metrics: Prometheus": [exposition],
    "metrics: dump": [dump],
    ...(yield* ended)
  }
  return { exit, sinks: all }
}, Effect.scoped)

/**
 * Fails the test when there is a secret in a sink.
 *
 * @param sinks to be searched
 * @param what is said when there is one
 * @param search finds the secrets of a text
 */
export const assertNothing = (sinks: Sinks, what: string, search = found): void => {
  let length = 0
  for (const [sink, texts] of Object.entries(sinks)) {
    const text = texts.join("\n")
    length += text.length
    const findings = search(text)
    if (findings.length > 0) assert.fail(`${what}: ${sink}: ${findings.join(", ")} in ${text.slice(0, 2000)}`)
  }
  assert.isAbove(length, 100, what)
  for (const sink of ["unhandledRejection", "uncaughtExceptionMonitor"]) assert.isUndefined(sinks[sink], sink)
}
