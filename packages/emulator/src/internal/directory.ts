import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { User } from "./options.ts"
import { searching } from "./searching.ts"

/** A user that the emulator knows: who they are, and what was said of them. */
export interface Entry {
  readonly name: string
  readonly authToken: Redacted.Redacted<string>
  readonly options: User
}

/** Who is who: the users by their names and by their tokens. */
export interface Directory {
  readonly named: (name: string) => Option.Option<Entry>
  readonly withToken: (authToken: Redacted.Redacted<string>) => Option.Option<Entry>
  /** Those with this in their name, in the order in which they were added. */
  readonly find: (search: string) => ReadonlyArray<Entry>
  readonly add: (entry: Entry) => void
  readonly remove: (entry: Entry) => void
  /** These users, and no other. */
  readonly replace: (entries: ReadonlyArray<Entry>) => void
}

/** Makes a directory without anybody in it. */
export const make = (): Directory => {
  const byName = new Map<string, Entry>()
  const byToken = new Map<string, Entry>()
  const add = (entry: Entry) => {
    byName.set(entry.name, entry)
    byToken.set(Redacted.value(entry.authToken), entry)
  }
  return {
    named: (name) => Option.fromUndefinedOr(byName.get(name)),
    withToken: (authToken) => Option.fromUndefinedOr(byToken.get(Redacted.value(authToken))),
    find: (search) => {
      const isFound = searching(search)
      return Array.from(byName.values()).filter(({ name }) => isFound(name))
    },
    add,
    remove: ({ authToken, name }) => {
      byName.delete(name)
      byToken.delete(Redacted.value(authToken))
    },
    replace: (entries) => {
      byName.clear()
      byToken.clear()
      for (const entry of entries) add(entry)
    }
  }
}
