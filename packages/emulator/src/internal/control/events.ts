import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Model from "../../ControlModel.ts"
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

const encode = Schema.encodeEffect(Schema.fromJsonString(Model.Event))

const written = (event: Model.Event) =>
  Effect.map(Effect.orDie(encode(event)), (data) =>
    Sse.encoder.write({ _tag: "Event", event: "message", id: undefined, data })
  )

const reconnect = Sse.encoder.write(new Sse.Retry({ duration: Duration.seconds(1), lastEventId: undefined }))

/**
 * What changes, until the client goes away or the server closes.
 *
 * @param sources what is listened to
 * @param user whose changes are meant. Default: all
 */
export const response = (sources: Sources, user: string | undefined) =>
  HttpServerResponse.stream(
    Stream.unwrap(events(sources)).pipe(
      Stream.filter(isAbout(user)),
      Stream.mapEffect(written),
      (events) => Stream.concat(Stream.make(reconnect), events),
      Stream.interruptWhen(Deferred.await(sources.closing)),
      Stream.encodeText
    ),
    { contentType: "text/event-stream", headers: { connection: "close" } }
  )
