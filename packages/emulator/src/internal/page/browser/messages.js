/**
 * The section of the messages.
 *
 * @import * as Json from "../json.ts"
 */
import { button, copies, html, say, showCode, text } from "./dom.js"
import { askFiltered, clears, explain, filter, onFilter } from "./filter.js"
import { act, clock, keyed, left, now, paced, sends, setClock } from "./live.js"

const states = { works: "works for ", used: "used", expired: "expired" }

/** The filter of the last load. A message is new if an earlier load with the same filter did not have it.
 * @type {string | undefined} */
let lastFilter
let isNew = false

/** The new messages as texts, the newest first.
 * @type {Array<string>} */
let arrived = []

/** The number of messages that arrived while the tab was hidden. */
let unseen = 0

/** @type {(items: ReadonlyArray<Json.Message>, total: number) => void} */
const showMessages = keyed(
  "messages",
  html(document, "#messages ul"),
  ({ id }) => id,
  (element, first) => {
    const { expiresAt, id, otp, phoneNumber, sentAt, user } = first
    const state = html(element, ".state")
    let shown = first.state
    element.classList.toggle("fresh", isNew)
    if (isNew) arrived.push(`SMS for ${user}: ${otp}`)
    showCode(element, otp)
    text(html(element, ".who"), `${user}, ${phoneNumber}`)
    clock(element, sentAt)
    const copy = html(element, ".copy")
    copy.setAttribute("aria-label", `Copy the code for ${user}`)
    copies(copy, () => otp)
    const remove = html(element, ".remove")
    remove.setAttribute("aria-label", `Delete message ${id}, for ${user}`)
    remove.addEventListener("click", async () => {
      if (!(await act(`messages/${id}`, sends("DELETE"), "Message deleted"))) return
      html(document, "#messages-title").focus()
    })
    return {
      update: (message) => {
        shown = message.state
      },
      tick: () => {
        const current = shown === "works" && expiresAt <= now() ? "expired" : shown
        for (const one of Object.keys(states)) element.classList.toggle(one, one === current)
        text(state, states[current] + (current === "works" ? left(expiresAt) : ""))
      }
    }
  }
)

const title = document.title
const showUnseen = () => {
  document.title = unseen === 0 ? title : `(${unseen}) ${title}`
}

export const load = paced(async () => {
  const wanted = filter()
  /** @type {Json.Messages} */
  const { messages, now, total } = await askFiltered("messages")
  setClock(now)
  isNew = lastFilter === wanted
  lastFilter = wanted
  showMessages(messages, total)
  explain("#messages .empty p", "No messages yet. Ask for an SMS:", "No messages for users")
  if (arrived[0] !== undefined) say(arrived[0])
  if (document.hidden) unseen += arrived.length
  arrived = []
  showUnseen()
})

const send = button("#send-first")
let suggested = ""

/** Offers to send the first SMS to a user; to nobody if the name is empty. @param {string} name */
export const suggest = (name) => {
  suggested = name
  send.hidden = name === ""
  text(send, `Send an SMS to ${name}`)
}
send.addEventListener("click", () => {
  html(document, "#messages-title").focus()
  void act(`users/${encodeURIComponent(suggested)}/sms`, sends("POST"), "")
})

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return
  unseen = 0
  showUnseen()
})
onFilter(load)
clears("messages", "Messages cleared")
