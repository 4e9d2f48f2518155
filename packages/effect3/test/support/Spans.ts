import { Effect, type Exit, Tracer } from "effect"

/** A span that keeps its attributes and events. */
class KeptSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly traceId = "trace"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<readonly [name: string, time: bigint, attributes: Record<string, unknown> | undefined]> = []
  readonly links: Array<Tracer.SpanLink> = []
  status: Tracer.SpanStatus
  readonly spanId: string
  readonly name: string
  readonly parent: Tracer.Span["parent"]
  readonly context: Tracer.Span["context"]
  readonly kind: Tracer.SpanKind

  constructor(spanId: string, [name, parent, context, , startTime, kind]: Parameters<Tracer.Tracer["span"]>) {
    this.spanId = spanId
    this.name = name
    this.parent = parent
    this.context = context
    this.kind = kind
    this.status = { _tag: "Started", startTime }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }

  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }

  event(name: string, time: bigint, attributes?: Record<string, unknown>): void {
    this.events.push([name, time, attributes])
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }
}

/** A tracer that keeps all spans. */
export const recordSpans = () => {
  const spans: Array<KeptSpan> = []
  const tracer = Tracer.make({
    span: (...args) => {
      const span = new KeptSpan(String(spans.length), args)
      spans.push(span)
      return span
    },
    context: (f) => f()
  })
  return { spans, traced: Effect.withTracer(tracer) }
}

/** Waits until a condition is true, one turn of the event loop after the other. */
export const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    // oxlint-disable-next-line no-await-in-loop -- one turn after the other
    while (!condition()) await new Promise(setImmediate)
  })
