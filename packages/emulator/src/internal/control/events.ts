/** The stream of server-sent events: what changes in the emulator, without secrets, and a heartbeat. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Model from "../../ControlModel.ts"
import type { Service as Faults } from "../../Faults.ts"
import type { Change, View } from "../../View.ts"

/** Keeps the secrets of a change out of its event: an SMS is only its id here. */
const eventOf = (change: Change): Model.Event =>
  Match.valueTags(change, {
    UserAdded: ({ name }): Model.Event => ({ _tag: "UserAdded", user: name }),
    UserChanged: ({ name }): Model.Event => ({ _tag: "UserChanged", user: name }),
    UserRemoved: ({ name }): Model.Event => ({ _tag: "UserRemoved", user: name }),
    SmsSent: ({ sms: { id, user } }): Model.Event => ({ _tag: "SmsSent", user, id }),
    OutboxCleared: (): Model.Event => ({ _tag: "OutboxCleared" }),
    RequestServed: ({ request: { fault, id, operation, status, user } }): Model.Event => ({
      _tag: "RequestServed",
      id,
      user,
      operation,
      status,
      fault
    }),
    RequestsCleared: (): Model.Event => ({ _tag: "RequestsCleared" }),
    ClockChanged: ({ held, now, offset }): Model.Event => ({ _tag: "ClockChanged", now, held, offset }),
    Reset: ({ name }): Model.Event => ({ _tag: "Reset", user: name })
  })

/** Whether an event concerns this user, or all users. */
const concerns = (user: string | undefined) => (event: Model.Event) =>
  user === undefined || !("user" in event) || event.user === user || (event._tag === "Reset" && event.user === null)

/** The number of events that wait for a listener. */
const bufferSize = 1000

const heartbeatInterval = Duration.seconds(5)

const countMissed = (events: ReadonlyArray<Model.Event>) =>
  events.reduce((sum, event) => sum + (event._tag === "EventsMissed" ? event.count : 1), 0)

/**
 * Adds an event. A listener that does not read must not fill the memory: when the buffer is full, one `EventsMissed`
 * replaces all events in it.
 */
const offer = Effect.fnUntraced(function* (queue: Queue.Queue<Model.Event>, event: Model.Event) {
  if (Queue.sizeUnsafe(queue) >= bufferSize) {
    yield* Queue.offer(queue, { _tag: "EventsMissed", count: countMissed(yield* Queue.clear(queue)) })
  }
  yield* Queue.offer(queue, event)
})

/** The sources of the events. */
export interface Sources {
  readonly view: View
  readonly faults: Faults
  /** Completes when the server closes. The server then waits for open requests, and this stream would never end. */
  readonly closing: Deferred.Deferred<void>
}

const listen = Effect.fnUntraced(function* ({ faults, view }: Sources, user: string | undefined) {
  const queue = yield* Queue.unbounded<Model.Event>()
  const watch = (events: Stream.Stream<Model.Event>) =>
    Effect.forkScoped(
      Stream.runForEach(Stream.filter(events, concerns(user)), (event) => offer(queue, event)),
      // Without it, a change that follows `Connected` at once would have no event.
      { startImmediately: true }
    )
  yield* Queue.offer(queue, { _tag: "Connected", now: yield* view.clock.now })
  yield* watch(Stream.map(view.changes, eventOf))
  yield* watch(Stream.map(faults.changes, () => ({ _tag: "FaultsChanged" })))
  yield* watch(
    Stream.fromEffectSchedule(
      Effect.map(view.clock.now, (now): Model.Event => ({ _tag: "Heartbeat", now })),
      Schedule.spaced(heartbeatInterval)
    ).pipe(Stream.drop(1))
  )
  return Stream.fromQueue(queue)
})

/**
 * Makes the stream for one listener. It ends when the server closes.
 *
 * @param sources the emulator
 * @param user only events that concern the user with this name. Default: all events
 */
export const make = (sources: Sources, user: string | undefined): Stream.Stream<Model.Event> =>
  Stream.unwrap(listen(sources, user)).pipe(Stream.interruptWhen(Deferred.await(sources.closing)))
