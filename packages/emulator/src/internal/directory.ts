/** The users that the emulator knows, by name and by token. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { nameContains } from "./filters.ts"
import type { User } from "./options.ts"

/** A user, with the options that they were added with. */
export interface Entry {
  readonly name: string
  readonly authToken: Redacted.Redacted<string>
  readonly options: User
}

export interface Directory {
  readonly findByName: (name: string) => Option.Option<Entry>
  readonly findByToken: (authToken: Redacted.Redacted<string>) => Option.Option<Entry>
  /** The users with this text in their name, in the order in which they were added. */
  readonly search: (text: string) => ReadonlyArray<Entry>
  readonly add: (entry: Entry) => void
  readonly remove: (entry: Entry) => void
  readonly replaceAll: (entries: ReadonlyArray<Entry>) => void
}

/** Makes an empty directory. */
export const make = (): Directory => {
  const byName = new Map<string, Entry>()
  const byToken = new Map<string, Entry>()
  const add = (entry: Entry) => {
    byName.set(entry.name, entry)
    byToken.set(Redacted.value(entry.authToken), entry)
  }
  return {
    findByName: (name) => Option.fromUndefinedOr(byName.get(name)),
    findByToken: (authToken) => Option.fromUndefinedOr(byToken.get(Redacted.value(authToken))),
    search: (text) => {
      const isMatch = nameContains(text)
      return Array.from(byName.values()).filter(({ name }) => isMatch(name))
    },
    add,
    remove: ({ authToken, name }) => {
      byName.delete(name)
      byToken.delete(Redacted.value(authToken))
    },
    replaceAll: (entries) => {
      byName.clear()
      byToken.clear()
      for (const entry of entries) add(entry)
    }
  }
}
