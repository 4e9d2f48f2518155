/**
 * Runs a call and collects every text in which somebody could read a secret: results, logs, spans, metrics, reports, and
 * what the process prints.
 */
import { Cause, Console, Effect, ErrorReporter, Exit, Fiber, Logger, Metric, References, Result } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { assert } from "@effect/vitest"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"
import { inspect } from "node:util"
import { findCanaries } from "./Canaries.ts"
import { recordProcess } from "./Process.ts"
import { metrics as measured, natives } from "./Subject.ts"
import { recordSpans } from "../../../../test/support/Spans.ts"

/** Texts that somebody could read, by where they appear. */
export type Sinks = Readonly<Record<string, ReadonlyArray<string>>>

const inspectAll = (value: unknown, options: { readonly showHidden: boolean; readonly customInspect: boolean }) =>
  inspect(value, { ...options, depth: Infinity, getters: true, maxStringLength: null, maxArrayLength: null })

/** `util.inspect` with hidden properties and without limits, with and without the value's own inspection. */
export const inspections = (value: unknown): Sinks => ({
  inspect: [inspectAll(value, { showHidden: true, customInspect: true })],
  "inspect, not custom": [inspectAll(value, { showHidden: true, customInspect: false })]
})

/** The client for Effect 3 shows texts and values in its own version of Effect too. */
const ofNatives = (): Sinks => {
  const { texts, values } = natives()
  return prefixed("native", merge([...values.map(render), ...(texts.length === 0 ? [] : [{ texts }])]))
}

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

/** Own and inherited properties, with symbols and getters. */
const properties = (value: object): ReadonlyArray<string> => {
  const keys = new Set<PropertyKey>()
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) keys.add(key)
  }
  return Array.from(keys, (key) => {
    const got = Result.merge(
      Result.try({ try: (): unknown => Reflect.get(value, key, value), catch: () => "unreadable" })
    )
    // Below the static members of a class is its whole schema: 40 KB, the same for each of its failures.
    return `${String(key)}: ${inspect(got, { depth: typeof got === "function" ? 1 : 5, showHidden: true })}`
  })
}

/** JSON, or the error of `JSON.stringify`. */
const json = (value: unknown) =>
  Result.merge(
    Result.try({
      try: () => JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? "",
      catch: String
    })
  )

/** A value as another thread or a store receives it, if it can be cloned. */
const cloned = (value: unknown): Sinks => {
  const clone = Result.try({ try: (): unknown => structuredClone(value), catch: () => undefined })
  return Result.isFailure(clone) ? {} : { structuredClone: Object.values(inspections(clone.success)).flat() }
}

/** Writes a value in every way. */
export const render = (value: unknown): Sinks => ({
  String: [String(value)],
  "JSON.stringify": [json(value)],
  ...inspections(value),
  ...cloned(value),
  properties: isObject(value) ? properties(value) : [],
  ...(value instanceof Error && { message: [value.message, value.stack ?? "", inspect(value.cause)] })
})

/** Puts the texts of several under the same names. */
export const merge = (all: ReadonlyArray<Sinks>): Sinks => {
  const sinks: Record<string, Array<string>> = {}
  for (const [name, texts] of all.flatMap(Object.entries<ReadonlyArray<string>>)) (sinks[name] ??= []).push(...texts)
  return sinks
}

const prefixed = (prefix: string, sinks: Sinks): Sinks =>
  Object.fromEntries(Object.entries(sinks).map(([name, texts]) => [`${prefix}: ${name}`, texts]))

const ofExit = (exit: Exit.Exit<unknown, unknown>): Sinks => {
  const rendered = prefixed("Exit", render(exit))
  if (Exit.isSuccess(exit)) return merge([rendered, prefixed("value", render(exit.value))])
  return merge([
    rendered,
    prefixed("Cause", render(exit.cause)),
    { "Cause.pretty": [Cause.pretty(exit.cause)] },
    ...exit.cause.reasons.map((reason) => {
      switch (reason._tag) {
        case "Fail":
          return prefixed("failure", render(reason.error))
        case "Die":
          return prefixed("defect", render(reason.defect))
        case "Interrupt":
          return prefixed("interruption", render(reason))
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

/** Records the logs of all levels, by each of Effect's loggers. The tracer's logger writes them into the spans. */
const recordLogs = () => {
  const lines: Record<string, Array<string>> = {}
  let printing = ""
  const record = (logger: string, line: unknown) => {
    const texts = (lines[`log: ${logger}`] ??= [])
    texts.push(typeof line === "string" ? line : inspect(line, { depth: Infinity }))
  }
  const console: Console.Console = new NodeConsole({
    stdout: new Writable({
      write(chunk, _, done) {
        record(printing, String(chunk))
        done()
      }
    }),
    inspectOptions: { depth: Infinity }
  })
  const loggers = [
    Logger.tracerLogger,
    ...Object.entries(formats).map(([name, logger]: [string, Logger.Logger<unknown, unknown>]) =>
      Logger.map(logger, (line) => record(name, line))
    ),
    ...Object.entries(printers).map(([name, logger]) =>
      Logger.make((options: Logger.Options<unknown>) => {
        printing = name
        logger.log(options)
      })
    )
  ]
  return {
    lines,
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
    reports.push(...[attributes, cause, error].flatMap((value) => Object.values(render(value)).flat()))
  })
  return { reports, reported: Effect.provide(ErrorReporter.layer([reporter])) }
}

/** Does what a program may do with the result of a call: logs it, reports it, and ends a span with it. */
export const handleAsProgram = (self: Effect.Effect<unknown, unknown>): Effect.Effect<Exit.Exit<unknown, unknown>> =>
  self.pipe(
    Effect.withErrorReporting,
    Effect.tapCause((cause) => Effect.logError("the call failed", cause)),
    Effect.tap((value) => Effect.logInfo("the call succeeded", value)),
    Effect.withSpan("caller"),
    Effect.exit,
    Effect.annotateLogs("by", "caller"),
    Effect.withLogSpan("call")
  )

/** Runs an effect, and takes a step at each turn of the event loop until it ends. */
export const runInSteps = Effect.fnUntraced(function* <A, E>(self: Effect.Effect<A, E>, step: Effect.Effect<void>) {
  const fiber = yield* Effect.forkChild(self, { startImmediately: true })
  while (fiber.pollUnsafe() === undefined) {
    yield* step
    yield* Effect.promise(() => new Promise(setImmediate))
  }
  return yield* Fiber.join(fiber)
})

/** A span without the spans around it, which are recorded themselves. */
const withoutParent = (span: object) =>
  Object.create(Object.getPrototypeOf(span), { ...Object.getOwnPropertyDescriptors(span), parent: {} })

/**
 * Runs a call, and gives its result and its spans, with the logs among their events. It is quicker than `observe`, for
 * thousands of calls.
 *
 * @param self the call
 * @param step runs until the call ends, such as an adjustment of the clock
 */
export const observeBriefly = Effect.fnUntraced(function* (
  self: Effect.Effect<unknown, unknown>,
  step: Effect.Effect<void> = Effect.void
) {
  const { spans, traced } = recordSpans()
  natives()
  const exit = yield* runInSteps(traced(handleAsProgram(self)), step)
  const ofSpans = merge(spans.map((span) => inspections(withoutParent(span))))
  const sinks: Sinks = { ...ofExit(exit), ...prefixed("spans", ofSpans), ...ofNatives() }
  return { exit, sinks }
})

/**
 * Runs a call, and gives its result and all that somebody could read of it.
 *
 * @param self the call
 * @param step runs until the call ends, such as an adjustment of the clock
 */
export const observe = Effect.fnUntraced(function* (
  self: Effect.Effect<unknown, unknown>,
  step: Effect.Effect<void> = Effect.void
) {
  const { lines, logged } = recordLogs()
  const { reports, reported } = recordReports()
  const printed = yield* recordProcess
  const before = new Set(Array.from(yield* measured, (measure) => JSON.stringify(measure)))
  const [{ exit, sinks }, metrics, measures, exposition, dump] = yield* Effect.all([
    observeBriefly(self, step),
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
    ...(yield* printed)
  }
  return { exit, sinks: all }
}, Effect.scoped)

/**
 * Fails the test if a text contains a secret.
 *
 * @param sinks the texts
 * @param call names the call in the error
 * @param search finds the secrets of a text
 */
export const assertNoSecrets = (sinks: Sinks, call: string, search = findCanaries): void => {
  let length = 0
  for (const [sink, texts] of Object.entries(sinks)) {
    const text = texts.join("\n")
    length += text.length
    const findings = search(text)
    if (findings.length > 0) assert.fail(`${call}: ${sink}: ${findings.join(", ")} in ${text.slice(0, 2000)}`)
  }
  assert.isAbove(length, 100, call)
  for (const sink of ["unhandledRejection", "uncaughtExceptionMonitor"]) assert.isUndefined(sinks[sink], sink)
}
