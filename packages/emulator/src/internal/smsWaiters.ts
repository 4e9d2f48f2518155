/** The fibers that wait for a user's next SMS. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Sms } from "../Store.ts"
import type { Change } from "../View.ts"

export interface SmsWaiters {
  /** Wakes the fibers that wait for this change. */
  readonly notify: (change: Change) => Effect.Effect<void>
  /**
   * Looks for an SMS of a user, and waits for the next one if there is none. Returns none if the user is removed.
   *
   * @param user the user's name
   * @param isWanted chooses the SMS to wait for
   * @param look finds an SMS that was sent before
   */
  readonly awaitSms: (
    user: string,
    isWanted: (sms: Sms) => boolean,
    look: Effect.Effect<Option.Option<Sms>>
  ) => Effect.Effect<Option.Option<Sms>>
}

interface Waiter {
  readonly isWanted: (sms: Sms) => boolean
  readonly found: Deferred.Deferred<Option.Option<Sms>>
}

/** Makes the waiters of one emulator. A change costs only the waiters of its user. */
export const make = (): SmsWaiters => {
  const waitersOf = new Map<string, Set<Waiter>>()

  const add = (user: string, waiter: Waiter) => {
    const waiters = waitersOf.get(user)
    if (waiters === undefined) waitersOf.set(user, new Set([waiter]))
    else waiters.add(waiter)
  }
  const remove = (user: string, waiter: Waiter) => {
    const waiters = waitersOf.get(user)
    waiters?.delete(waiter)
    if (waiters?.size === 0) waitersOf.delete(user)
  }
  const wake = (user: string, found: Option.Option<Sms>) => {
    for (const waiter of waitersOf.get(user) ?? []) {
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
    awaitSms: (user, isWanted, look) =>
      Effect.acquireUseRelease(
        // The waiter is added before `look`, so that it does not miss an SMS in between.
        Effect.sync(() => {
          const waiter = { isWanted, found: Deferred.makeUnsafe<Option.Option<Sms>>() }
          add(user, waiter)
          return waiter
        }),
        ({ found }) =>
          Effect.flatMap(look, (sms) => (Option.isSome(sms) ? Effect.succeed(sms) : Deferred.await(found))),
        (waiter) => Effect.sync(() => remove(user, waiter))
      )
  }
}
