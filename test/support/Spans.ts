import { Effect, Tracer } from "effect"

/** Makes a tracer that records every span. */
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

/** Yields to the event loop until the condition holds. */
export const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() =>
    condition()
      ? Effect.void
      : Effect.andThen(
          Effect.promise(() => new Promise(setImmediate)),
          eventually(condition)
        )
  )

/** Yields to the event loop a number of times. */
export const turns = (count: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    let left = count
    return eventually(() => left-- === 0)
  })
