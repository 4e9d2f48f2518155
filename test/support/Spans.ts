import { Effect, Tracer } from "effect"

/** Keeps every span that is opened. */
export const recordSpans = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, traced: Effect.withTracer(tracer) }
}

/** Lets the event loop turn until something holds. */
export const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() =>
    condition()
      ? Effect.void
      : Effect.andThen(
          Effect.promise(() => new Promise(setImmediate)),
          eventually(condition)
        )
  )

/** Lets the event loop turn a few times. */
export const turns = (count: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    let left = count
    return eventually(() => left-- === 0)
  })
