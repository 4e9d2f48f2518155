/** @import * as Json from "../Json.ts" */
import { copies, html, say, showCode, text } from "./dom.js"
import { ask, clock, keyed, left, paced, setClock } from "./live.js"

const states = { works: "works for ", used: "used", expired: "expired" }
let newestSeen = -1

/** @type {(items: ReadonlyArray<Json.Message>) => void} */
const showMessages = keyed(
  "messages",
  html(document, "#messages ul"),
  ({ otp, sentAt, user }) => `${sentAt} ${otp} ${user}`,
  (element, { expiresAt, otp, phoneNumber, sentAt, user }) => {
    const state = html(element, ".state")
    let current = ""
    showCode(element, otp)
    text(html(element, ".who"), `${user}, ${phoneNumber}`)
    text(html(element, "time"), clock(sentAt))
    const copy = html(element, "button")
    copy.setAttribute("aria-label", `Copy the code for ${user}`)
    copies(copy, () => otp)
    return {
      update: (message) => {
        current = states[message.state]
        element.className = message.state
        if (newestSeen >= 0 && sentAt > newestSeen) element.classList.add("fresh")
      },
      tick: () => text(state, current + (current === states.works ? left(expiresAt) : ""))
    }
  }
)

export const load = paced(async () => {
  /** @type {Json.Outbox} */
  const { messages, now } = await ask("outbox")
  setClock(now)
  showMessages(messages)
  const [newest] = messages
  if (newest !== undefined && newestSeen >= 0 && newest.sentAt > newestSeen) {
    say(`SMS for ${newest.user}: ${newest.otp}`)
  }
  newestSeen = newest?.sentAt ?? 0
})
