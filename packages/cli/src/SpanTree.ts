/**
 * What was done, and how long it took, as a tree for `--verbose`. The spans of
 * the client hold no secret, and those of this program neither.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import { printable } from "./Printable.ts"
import * as Screen from "./Screen.ts"

type Listener = (event: string, attributes: Readonly<Record<string, unknown>>) => void

class Recorded extends Tracer.NativeSpan {
  readonly children: Array<Recorded> = []
  readonly listener: Listener

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], listener: Listener) {
    super(options)
    this.listener = listener
    const parent = Option.getOrUndefined(this.parent)
    if (parent instanceof Recorded) parent.children.push(this)
  }

  override event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    super.event(name, startTime, attributes)
    this.listener(name, attributes ?? {})
  }
}

/** The spans of one run. */
export interface Service {
  readonly tracer: Tracer.Tracer
  /** Hears of every event of a span: of retries, while they happen. */
  readonly onEvent: (listener: Listener) => void
  /** The tree of all spans so far, drawn with these signs. */
  readonly render: (signs: Signs) => Effect.Effect<string>
}

export class SpanTree extends Context.Service<SpanTree, Service>()("@metal-otp/cli/SpanTree") {}

const time = (nanos: bigint) => Duration.format(Duration.millis(Math.round(Number(nanos) / 1e6)))

const show = (value: unknown) => printable(Predicate.isString(value) ? value : JSON.stringify(value))

const attributes = (entries: Iterable<readonly [string, unknown]>) =>
  Array.from(entries, ([key, value]) => ` ${key}=${show(value)}`).join("")

/** What a tree is drawn with. */
interface Signs {
  readonly done: string
  readonly failed: string
  readonly running: string
  readonly branch: string
  readonly last: string
  readonly trunk: string
}

/** For terminals that have them. */
export const unicode: Signs = { done: "✔", failed: "✖", running: "…", branch: "├─ ", last: "└─ ", trunk: "│  " }

/** For all others. */
export const ascii: Signs = { done: "+", failed: "x", running: "~", branch: "|- ", last: "`- ", trunk: "|  " }

const lines = (span: Recorded, now: bigint, signs: Signs): ReadonlyArray<string> => {
  const { status } = span
  const end = status._tag === "Ended" ? status.endTime : now
  const mark = status._tag === "Started" ? signs.running : Exit.isSuccess(status.exit) ? signs.done : signs.failed
  const events = span.events.map(([name, at, fields]) => [
    `${time(at - span.startTime)} ${name}${attributes(Object.entries(fields))}`
  ])
  const below = [...events, ...span.children.map((child) => lines(child, now, signs))]
  return [
    `${mark} ${printable(span.name)} ${time(end - span.startTime)}${attributes(span.attributes)}`,
    ...below.flatMap((child, index) => {
      const [first, rest] = index === below.length - 1 ? [signs.last, "   "] : [signs.branch, signs.trunk]
      return child.map((line, number) => (number === 0 ? first : rest) + line)
    })
  ]
}

/** An empty tree. */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const roots: Array<Recorded> = []
  const listeners: Array<Listener> = []
  return {
    tracer: Tracer.make({
      span: (options) => {
        const span = new Recorded(options, (name, attributes) => {
          for (const listener of listeners) listener(name, attributes)
        })
        if (Option.isNone(span.parent)) roots.push(span)
        return span
      }
    }),
    onEvent: (listener) => void listeners.push(listener),
    render: (signs) =>
      Effect.clockWith((clock) =>
        Effect.map(clock.currentTimeNanos, (now) => roots.flatMap((span) => lines(span, now, signs)).join("\n"))
      )
  }
})

/** Writes the tree to standard error. */
export const print = Effect.gen(function* () {
  const signs = (yield* Screen.capabilities).unicode ? unicode : ascii
  const tree = yield* (yield* SpanTree).render(signs)
  if (tree !== "") yield* Screen.write(`${tree}\n`)
})
