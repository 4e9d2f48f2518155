import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { Change } from "../View.ts"

/** What changes, for whoever watches. */
export interface Changes {
  readonly publish: (change: Change) => Effect.Effect<void>
  /** `publish` for what costs something to make: it is made if somebody watches. */
  readonly publishLazily: (change: () => Change) => Effect.Effect<void>
  /** From when it is run. */
  readonly stream: Stream.Stream<Change>
}

/** How many changes wait for a reader that falls behind. */
const places = 1000

/** Makes the changes of one emulator. The places are made with the first reader: they cost as much as all the rest. */
export const make = (): Changes => {
  let hub: PubSub.PubSub<Change> | undefined
  const publishLazily = (change: () => Change) =>
    Effect.suspend(() => (hub === undefined ? Effect.void : Effect.asVoid(PubSub.publish(hub, change()))))
  return {
    publish: (change) => publishLazily(() => change),
    publishLazily,
    stream: Stream.unwrap(
      Effect.map(PubSub.sliding<Change>(places), (made) => {
        hub ??= made
        return Stream.fromPubSub(hub)
      })
    )
  }
}
