import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { Sms } from "../Store.ts"
import type { Change } from "../View.ts"

/** What changes, for whoever watches. */
export interface Changes {
  readonly publish: (change: Change) => Effect.Effect<void>
  /** `publish` for what costs something to make: it is made if somebody watches. */
  readonly publishLazily: (change: () => Change) => Effect.Effect<void>
  /** From when it is run. */
  readonly stream: Stream.Stream<Change>
  /** The SMS alone, from when it is run. Who watches these has nothing made of all else. */
  readonly smsSent: Stream.Stream<Sms>
}

/** How many wait for a reader that falls behind. */
const places = 1000

/** Tells readers that may come later. The places are made with the first: they cost as much as all the rest. */
const makeHub = <A>() => {
  let hub: PubSub.PubSub<A> | undefined
  return {
    publish: (value: () => A) =>
      Effect.suspend(() => (hub === undefined ? Effect.void : Effect.asVoid(PubSub.publish(hub, value())))),
    stream: Stream.unwrap(
      Effect.map(PubSub.sliding<A>(places), (made) => {
        hub ??= made
        return Stream.fromPubSub(hub)
      })
    )
  }
}

/** Makes the changes of one emulator. */
export const make = (): Changes => {
  const all = makeHub<Change>()
  const sms = makeHub<Sms>()
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
