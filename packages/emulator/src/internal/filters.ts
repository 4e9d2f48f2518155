/** Filters for users, messages and requests. */
import type { Sms } from "../Store.ts"
import type { Whose } from "../View.ts"

/** Whether a name contains this text. Case does not matter. */
export const nameContains = (text: string) => {
  const wanted = text.toLowerCase()
  return (name: string) => name.toLowerCase().includes(wanted)
}

/** Whether a message or a request belongs to the chosen users. Without a user (`null`), it belongs to all users only. */
export const belongsTo = ({ search = "", user }: Whose = {}) => {
  const isMatch = nameContains(search)
  const isAll = search === "" && user === undefined
  return (name: string | null) => isAll || (name !== null && isMatch(name) && (user === undefined || user === name))
}

/** Whether an SMS has a higher id, or was sent at this time or later. */
export const isAfter = ({ id, sentAt }: Sms, after: number | Date | undefined) =>
  after === undefined || (typeof after === "number" ? id > after : sentAt >= after.getTime())
