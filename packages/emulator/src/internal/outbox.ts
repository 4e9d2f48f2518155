import * as Option from "effect/Option"
import { push } from "./bounded.ts"

/** The SMS that were sent, as a store has them at hand: the newest ones, the oldest of them first. */
export interface Outbox<Sms> {
  /** The id of the next SMS. */
  readonly nextId: () => number
  /** The id of the SMS that the next one puts out; 0 if there is room. */
  readonly nextOut: () => number
  readonly add: (sms: Sms) => void
  readonly all: () => ReadonlyArray<Sms>
  readonly newest: (isWanted: (sms: Sms) => boolean) => Option.Option<Sms>
  /** Forgets those that are wanted, and tells which these were. */
  readonly remove: (isWanted: (sms: Sms) => boolean) => ReadonlyArray<Sms>
  /** How many are kept, the newest, from now on. */
  readonly resize: (size: number) => void
}

/**
 * Makes an outbox.
 *
 * @param kept what is in it from before, the oldest first
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
      push(list, sms, size)
    },
    all,
    newest: (isWanted) => {
      const oldest = Math.max(0, list.length - size)
      for (let index = list.length - 1; index >= oldest; index--) {
        const sms = list[index]
        if (sms !== undefined && isWanted(sms)) return Option.some(sms)
      }
      return Option.none()
    },
    remove: (isWanted) => {
      const wanted = all().filter(isWanted)
      const isRemoved = new Set(wanted.map(({ id }) => id))
      list.splice(0, list.length, ...all().filter(({ id }) => !isRemoved.has(id)))
      return wanted
    },
    resize: (newSize) => {
      size = newSize
    }
  }
}
