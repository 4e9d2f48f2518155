/** @import * as Json from "../json.ts" */
import { copies, html, say, showCode, text } from "./dom.js"
import { ask, clock, keyed, left, paced, setClock } from "./live.js"

const states = { works: "works for ", used: "used", expired: "expired" }
let isLoaded = false

/** The newest message that was not there before.
 * @type {string | undefined} */
let arrived

/** @type {(items: ReadonlyArray<Json.Message>) => void} */
const showMessages = keyed(
  "messages",
  html(document, "#messages ul"),
  ({ otp, sentAt, user }) => `${sentAt} ${otp} ${user}`,
  (element, { expiresAt, otp, phoneNumber, sentAt, user }) => {
    const state = html(element, ".state")
    let current = ""
    element.classList.toggle("fresh", isLoaded)
    arrived ??= `SMS for ${user}: ${otp}`
    showCode(element, otp)
    text(html(element, ".who"), `${user}, ${phoneNumber}`)
    text(html(element, "time"), clock(sentAt))
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

export const load = paced(async () => {
  /** @type {Json.Outbox} */
  const { messages, now } = await ask("outbox")
  setClock(now)
  showMessages(messages)
  if (isLoaded && arrived !== undefined) say(arrived)
  arrived = undefined
  isLoaded = true
})
