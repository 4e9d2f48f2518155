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

/** What an event tells of a change: no secret. */
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

/** Whether an event is about a user, or about all of them. */
const isAbout = (user: string | undefined) => (event: Model.Event) =>
  user === undefined || !("user" in event) || event.user === user || (event._tag === "Reset" && event.user === null)

/** How many events wait for a reader that falls behind: it misses the oldest then. */
const places = 1000

const heartbeat = Duration.seconds(5)

/** What is listened to. */
export interface Sources {
  readonly view: View
  readonly faults: Faults
  /** The server waits for requests under way before it closes, and this stream has no end of its own. */
  readonly closing: Deferred.Deferred<void>
}

const events = Effect.fnUntraced(function* ({ faults, view }: Sources) {
  const queue = yield* Queue.sliding<Model.Event>(places)
  const watch = (events: Stream.Stream<Model.Event>) =>
    Effect.forkScoped(
      Stream.runForEachArray(events, (events) => Queue.offerAll(queue, events)),
      // It watches when this returns: what changes after the first event is told.
      { startImmediately: true }
    )
  yield* Queue.offer(queue, { _tag: "Connected", now: yield* view.clock.now })
  yield* watch(Stream.map(view.changes, eventOf))
  yield* watch(Stream.map(faults.changes, () => ({ _tag: "FaultsChanged" })))
  yield* watch(
    Stream.fromEffectSchedule(
      Effect.map(view.clock.now, (now): Model.Event => ({ _tag: "Heartbeat", now })),
      Schedule.spaced(heartbeat)
    ).pipe(Stream.drop(1))
  )
  return Stream.fromQueue(queue)
})

/**
 * What changes, until the client goes away or the server closes.
 *
 * @param sources what is listened to
 * @param user whose changes are meant. Default: all
 */
export const make = (sources: Sources, user: string | undefined): Stream.Stream<Model.Event> =>
  Stream.unwrap(events(sources)).pipe(
    Stream.filter(isAbout(user)),
    Stream.interruptWhen(Deferred.await(sources.closing))
  )
