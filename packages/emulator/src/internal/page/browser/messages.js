/** @import * as Json from "../json.ts" */
import { copies, html, say, showCode, text } from "./dom.js"
import { askFiltered, clears, explain, filter, onFilter } from "./filter.js"
import { clock, keyed, left, paced, setClock } from "./live.js"

const states = { works: "works for ", used: "used", expired: "expired" }

/** Whose messages are shown: what comes to them later is new.
 * @type {string | undefined} */
let shownOf
let isNew = false

/** The messages that were not there before, the newest first.
 * @type {Array<string>} */
let arrived = []

/** How many have arrived while nobody looked. */
let unseen = 0

/** @type {(items: ReadonlyArray<Json.Message>, total: number) => void} */
const showMessages = keyed(
  "messages",
  html(document, "#messages ul"),
  ({ otp, sentAt, user }) => `${sentAt} ${otp} ${user}`,
  (element, { expiresAt, otp, phoneNumber, sentAt, user }) => {
    const state = html(element, ".state")
    let current = ""
    element.classList.toggle("fresh", isNew)
    if (isNew) arrived.push(`SMS for ${user}: ${otp}`)
    showCode(element, otp)
    text(html(element, ".who"), `${user}, ${phoneNumber}`)
    clock(element, sentAt)
    const copy = html(element, "button")
    copy.setAttribute("aria-label", `Copy the code for ${user}`)
    copies(copy, () => otp)
    return {
      update: (message) => {
        current = states[message.state]
        for (const state of Object.keys(states)) element.classList.toggle(state, state === message.state)
      },
      tick: () => text(state, current + (current === states.works ? left(expiresAt) : ""))
    }
  }
)

const title = document.title
const showUnseen = () => {
  document.title = unseen === 0 ? title : `(${unseen}) ${title}`
}

export const load = paced(async () => {
  const wanted = filter()
  /** @type {Json.Outbox} */
  const { messages, now, total } = await askFiltered("outbox")
  setClock(now)
  isNew = shownOf === wanted
  shownOf = wanted
  showMessages(messages, total)
  explain("#messages .empty p", "No SMS was sent yet. Ask for one:", "No SMS to a user")
  if (arrived[0] !== undefined) say(arrived[0])
  if (document.hidden) unseen += arrived.length
  arrived = []
  showUnseen()
})

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return
  unseen = 0
  showUnseen()
})
onFilter(load)
clears("messages", "outbox", "Messages cleared")
