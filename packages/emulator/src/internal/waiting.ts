import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Sms } from "../Store.ts"
import type { Change } from "../View.ts"

/** Those who wait for an SMS. */
export interface Waiting {
  /** Wakes who waits for what has changed. */
  readonly notify: (change: Change) => Effect.Effect<void>
  /**
   * Looks for an SMS of a user, and waits for one if there is none. None if the user is removed meanwhile.
   *
   * @param user whose it is
   * @param isWanted whether it is one of those that are waited for
   * @param look finds one that was sent before
   */
  readonly next: (
    user: string,
    isWanted: (sms: Sms) => boolean,
    look: Effect.Effect<Option.Option<Sms>>
  ) => Effect.Effect<Option.Option<Sms>>
}

interface Waiter {
  readonly isWanted: (sms: Sms) => boolean
  readonly found: Deferred.Deferred<Option.Option<Sms>>
}

/** Makes the waiting of one emulator. Who waits costs nothing until something comes for that user. */
export const make = (): Waiting => {
  const waiters = new Map<string, Set<Waiter>>()

  const join = (user: string, waiter: Waiter) => {
    const others = waiters.get(user)
    if (others === undefined) waiters.set(user, new Set([waiter]))
    else others.add(waiter)
  }
  const leave = (user: string, waiter: Waiter) => {
    const others = waiters.get(user)
    others?.delete(waiter)
    if (others?.size === 0) waiters.delete(user)
  }
  const wake = (user: string, found: Option.Option<Sms>) => {
    for (const waiter of waiters.get(user) ?? []) {
      if (Option.match(found, { onNone: () => true, onSome: waiter.isWanted })) {
        Deferred.doneUnsafe(waiter.found, Effect.succeed(found))
      }
    }
  }

  return {
    notify: (change) =>
      Effect.sync(() => {
        if (change._tag === "SmsSent") wake(change.sms.user, Option.some(change.sms))
        if (change._tag === "UserRemoved") wake(change.name, Option.none())
      }),
    next: (user, isWanted, look) =>
      Effect.acquireUseRelease(
        // Before it looks: what is sent in between would be missed.
        Effect.sync(() => {
          const waiter = { isWanted, found: Deferred.makeUnsafe<Option.Option<Sms>>() }
          join(user, waiter)
          return waiter
        }),
        ({ found }) =>
          Effect.flatMap(look, (sms) => (Option.isSome(sms) ? Effect.succeed(sms) : Deferred.await(found))),
        (waiter) => Effect.sync(() => leave(user, waiter))
      )
  }
}
