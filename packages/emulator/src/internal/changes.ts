/** Publishes the changes of one emulator to the streams of its view. */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { Sms } from "../Store.ts"
import type { Change } from "../View.ts"

export interface Changes {
  readonly publish: (change: Change) => Effect.Effect<void>
  /** Publishes a change that is costly to make. It makes the change only while a stream runs. */
  readonly publishLazily: (change: () => Change) => Effect.Effect<void>
  /** All changes, from when the stream is run. */
  readonly stream: Stream.Stream<Change>
  /** The SMS, from when the stream is run. It does not make `publishLazily` make its changes. */
  readonly smsSent: Stream.Stream<Sms>
}

/** How many changes a reader may fall behind before it misses the oldest. */
const capacity = 1000

/** A `PubSub` that is made when its first stream runs: its buffer would be half of an emulator's memory. */
const makeLazyPubSub = <A>() => {
  let pubsub: PubSub.PubSub<A> | undefined
  return {
    publish: (value: () => A) =>
      Effect.suspend(() => (pubsub === undefined ? Effect.void : Effect.asVoid(PubSub.publish(pubsub, value())))),
    stream: Stream.unwrap(
      Effect.map(PubSub.sliding<A>(capacity), (made) => {
        pubsub ??= made
        return Stream.fromPubSub(pubsub)
      })
    )
  }
}

export const make = (): Changes => {
  const all = makeLazyPubSub<Change>()
  const sms = makeLazyPubSub<Sms>()
  return {
    publish: (change) =>
      change._tag === "SmsSent"
        ? Effect.andThen(
            sms.publish(() => change.sms),
            all.publish(() => change)
          )
        : all.publish(() => change),
    publishLazily: all.publish,
    stream: all.stream,
    smsSent: sms.stream
  }
}
