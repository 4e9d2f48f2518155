/**
 * Records the spans of a command, and prints them as a tree for `--verbose`. No span of the client or of this program holds a
 * secret.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import * as Messages from "./Messages.ts"
import { printable } from "./Printable.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"

type Listener = (event: string, attributes: Readonly<Record<string, unknown>>) => void

class RecordedSpan extends Tracer.NativeSpan {
  readonly children: Array<RecordedSpan> = []
  readonly listener: Listener

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], listener: Listener) {
    super(options)
    this.listener = listener
    const parent = Option.getOrUndefined(this.parent)
    if (parent instanceof RecordedSpan) parent.children.push(this)
  }

  override event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    super.event(name, startTime, attributes)
    this.listener(name, attributes ?? {})
  }
}

export interface Service {
  /** Records the spans. */
  readonly tracer: Tracer.Tracer
  /** Calls a function on each event of a span, such as a retry. */
  readonly onEvent: (listener: Listener) => void
  /** Renders the tree of all spans so far. */
  readonly render: (symbols: Symbols) => Effect.Effect<string>
}

export class SpanTree extends Context.Service<SpanTree, Service>()("@metal-otp/cli/SpanTree") {}

const formatNanos = (nanos: bigint) => Duration.format(Duration.millis(Math.round(Number(nanos) / 1e6)))

const formatValue = (value: unknown) => printable(Predicate.isString(value) ? value : JSON.stringify(value))

const formatAttributes = (entries: Iterable<readonly [string, unknown]>) =>
  Array.from(entries, ([key, value]) => ` ${key}=${formatValue(value)}`).join("")

/** The characters of the tree. */
interface Symbols {
  readonly done: string
  readonly failed: string
  readonly running: string
  readonly branch: string
  readonly last: string
  readonly trunk: string
}

/** The characters for Unicode terminals. */
export const unicode: Symbols = { done: "✔", failed: "✖", running: "…", branch: "├─ ", last: "└─ ", trunk: "│  " }

/** The characters for ASCII terminals. */
export const ascii: Symbols = { done: "+", failed: "x", running: "~", branch: "|- ", last: "`- ", trunk: "|  " }

const renderLines = (span: RecordedSpan, now: bigint, symbols: Symbols): ReadonlyArray<string> => {
  const { status } = span
  const end = status._tag === "Ended" ? status.endTime : now
  const mark = status._tag === "Started" ? symbols.running : Exit.isSuccess(status.exit) ? symbols.done : symbols.failed
  const events = span.events.map(([name, at, fields]) => [
    `${formatNanos(at - span.startTime)} ${name}${formatAttributes(Object.entries(fields))}`
  ])
  const below = [...events, ...span.children.map((child) => renderLines(child, now, symbols))]
  return [
    `${mark} ${printable(span.name)} ${formatNanos(end - span.startTime)}${formatAttributes(span.attributes)}`,
    ...below.flatMap((child, index) => {
      const [first, rest] = index === below.length - 1 ? [symbols.last, "   "] : [symbols.branch, symbols.trunk]
      return child.map((line, number) => (number === 0 ? first : rest) + line)
    })
  ]
}

/** Makes an empty tree. */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const roots: Array<RecordedSpan> = []
  const listeners: Array<Listener> = []
  return {
    tracer: Tracer.make({
      span: (options) => {
        const span = new RecordedSpan(options, (name, attributes) => {
          for (const listener of listeners) listener(name, attributes)
        })
        if (Option.isNone(span.parent)) roots.push(span)
        return span
      }
    }),
    onEvent: (listener) => void listeners.push(listener),
    render: (symbols) =>
      Effect.clockWith((clock) =>
        Effect.map(clock.currentTimeNanos, (now) => roots.flatMap((span) => renderLines(span, now, symbols)).join("\n"))
      )
  }
})

/** Prints the tree to standard error. */
export const print = Effect.gen(function* () {
  const symbols = (yield* TerminalCapabilities.stderr).unicode ? unicode : ascii
  const tree = yield* (yield* SpanTree).render(symbols)
  if (tree !== "") yield* Messages.write(`${tree}\n`)
})
