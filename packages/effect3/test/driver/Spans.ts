/** A tracer and a logger of Effect 3 that report to Effect 4. */
import { type Cause, type Exit, HashMap, List, Logger, Option, Tracer } from "effect"
import { inspect } from "node:util"
import { failureOf } from "./Failures.ts"
import type * as Neutral from "./Neutral.ts"
import { ended } from "./Tasks.ts"

const spans = new WeakMap<object, Neutral.Span>()

/** The span of Effect 4 behind a span of Effect 3. */
export const spanOf = (span: unknown): Neutral.Span | undefined =>
  typeof span === "object" && span !== null ? spans.get(span) : undefined

/** Converts the caller's span to a span of Effect 3. */
export const external = (span: Neutral.Span): Tracer.ExternalSpan => {
  const converted = Tracer.externalSpan({ spanId: span.spanId, traceId: span.traceId, sampled: span.sampled })
  spans.set(converted, span)
  return converted
}

const endedOf = (exit: Exit.Exit<unknown, unknown>): Neutral.Ended<unknown, Neutral.Failure> => {
  const end = ended(exit)
  return end._tag === "Failure" ? { _tag: "Failure", error: failureOf(end.error) } : end
}

/** A tracer whose spans are spans of Effect 4. */
export const tracer = (start: NonNullable<Neutral.Host["span"]>): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const other = start(name, kind, Option.getOrUndefined(Option.map(parent, spanOf)), startTime)
      const attributes = new Map<string, unknown>()
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        spanId: other.spanId,
        traceId: other.traceId,
        parent,
        context,
        get status() {
          return status
        },
        attributes,
        links,
        sampled: other.sampled,
        kind,
        attribute: (key, value) => {
          attributes.set(key, value)
          other.attribute(key, value)
        },
        event: (name, time, attributes) => other.event(name, time, attributes),
        addLinks: () => {},
        end: (endTime, exit) => {
          status = { _tag: "Ended", startTime, endTime, exit }
          other.end(endTime, endedOf(exit))
        }
      }
      spans.set(span, other)
      return span
    },
    context: (f) => f()
  })

const formats: ReadonlyArray<Logger.Logger<unknown, unknown>> = [
  Logger.stringLogger,
  Logger.logfmtLogger,
  Logger.jsonLogger,
  Logger.structuredLogger
]

const toText = (line: unknown) => (typeof line === "string" ? line : inspect(line, { depth: Infinity }))

/** A logger that keeps each message in all formats of Effect 3, and passes the message to Effect 4. */
export const logger = (
  log: Neutral.Host["log"],
  pretty: (cause: Cause.Cause<unknown>) => string | undefined,
  keep: (text: string) => void
) =>
  Logger.make((options) => {
    for (const format of formats) keep(toText(format.log(options)))
    keep(inspect({ message: options.message, cause: options.cause, spans: List.toArray(options.spans) }, { depth: 8 }))
    log({
      level: options.logLevel.label,
      message: Array.isArray(options.message) ? options.message : [options.message],
      annotations: Object.fromEntries(HashMap.toEntries(options.annotations)),
      cause: pretty(options.cause)
    })
  })
