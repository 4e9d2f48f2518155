import type { Sms } from "../Store.ts"
import type { Whose } from "../View.ts"

/** Whether a name has this in it, in capitals or not. */
export const searching = (search: string) => {
  const wanted = search.toLowerCase()
  return (name: string) => name.toLowerCase().includes(wanted)
}

/** Whether something of a user is meant. What is nobody's is among all only. */
export const ofWhom = ({ search = "", user }: Whose = {}) => {
  const isFound = searching(search)
  const isAll = search === "" && user === undefined
  return (name: string | null) => isAll || (name !== null && isFound(name) && (user === undefined || user === name))
}

/** Whether an SMS comes after what is given: an id, or a time that may be its own. */
export const isAfter = ({ id, sentAt }: Sms, after: number | Date | undefined) =>
  after === undefined || (typeof after === "number" ? id > after : sentAt >= after.getTime())
