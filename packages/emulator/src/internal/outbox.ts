/** The SMS that a store keeps in memory: the newest ones, in the order in which they were sent. */
import * as Option from "effect/Option"
import { pushBounded, replaceItems } from "./boundedList.ts"

export interface Outbox<Sms> {
  /** The id of the next SMS. */
  readonly nextId: () => number
  /** The id of the SMS that the next one pushes out; 0 while there is room. */
  readonly nextOut: () => number
  readonly add: (sms: Sms) => void
  readonly all: () => ReadonlyArray<Sms>
  readonly newest: (isWanted: (sms: Sms) => boolean) => Option.Option<Sms>
  /** Removes the chosen SMS, and returns them. */
  readonly remove: (isWanted: (sms: Sms) => boolean) => ReadonlyArray<Sms>
  /** Sets how many SMS are kept. */
  readonly resize: (size: number) => void
}

/**
 * Makes an outbox.
 *
 * @param kept the SMS of an earlier run, the oldest first
 */
export const make = <Sms extends { readonly id: number }>(kept: ReadonlyArray<Sms> = []): Outbox<Sms> => {
  const list = [...kept]
  let lastId = list.at(-1)?.id ?? 0
  let size = list.length

  const all = () => list.slice(-size)
  return {
    nextId: () => lastId + 1,
    nextOut: () => list.at(-size)?.id ?? 0,
    add: (sms) => {
      lastId = sms.id
      pushBounded(list, sms, size)
    },
    all,
    newest: (isWanted) =>
      Option.fromUndefinedOr(list.findLast((sms, index) => index >= list.length - size && isWanted(sms))),
    remove: (isWanted) => {
      const removed = all().filter(isWanted)
      const removedIds = new Set(removed.map(({ id }) => id))
      replaceItems(
        list,
        all().filter(({ id }) => !removedIds.has(id))
      )
      return removed
    },
    resize: (newSize) => {
      size = newSize
    }
  }
}
