/**
 * Starts the page, and loads the sections that an event changes.
 *
 * @import * as Json from "../json.ts"
 */
import * as clock from "./clock.js"
import { button, showError, copies, html, text } from "./dom.js"
import { listen } from "./events.js"
import * as faults from "./faults.js"
import { setTicking } from "./live.js"
import * as messages from "./messages.js"
import * as requests from "./requests.js"
import { closeKeys } from "./user.js"
import * as users from "./users.js"

const everything = [clock.load, messages.load, users.load, requests.load, faults.load]

/** The sections to load after an event.
 * @param {Json.Event} event
 * @returns {ReadonlyArray<() => void>} */
const changedBy = (event) => {
  switch (event._tag) {
    case "SmsSent":
    case "OutboxCleared":
      return [messages.load]
    case "UserAdded":
      return [users.load]
    // A used OTP changes its message.
    case "UserChanged":
      return [users.load, messages.load]
    case "UserRemoved":
      return [users.load, messages.load, requests.load]
    case "RequestServed":
      return faults.hasRules() || event.fault !== null ? [requests.load, faults.load] : [requests.load]
    case "RequestsCleared":
      return [requests.load]
    case "FaultsChanged":
      return [faults.load]
    case "ClockChanged":
      return [users.load, messages.load]
    case "Reset":
    case "EventsMissed":
      return everything
    default:
      return []
  }
}

const main = html(document, "main")

/** Shows whether the page is up to date, and disables its controls if not. @param {boolean} isLive */
const showLive = (isLive) => {
  const live = html(document, "#live")
  text(live, isLive ? "Live" : "Reconnecting")
  live.classList.toggle("on", isLive)
  const stale = html(document, "#stale")
  if (stale.hidden === isLive) return
  stale.hidden = isLive
  setTicking(isLive)
  main.classList.toggle("stale", !isLive)
  text(html(stale, "time"), new Date().toLocaleTimeString("en-GB"))
  for (const control of document.querySelectorAll("main > fieldset, #filter"))
    control.toggleAttribute("disabled", !isLive)
}

main.addEventListener("click", (event) => {
  const isLink = event.target instanceof Element && event.target.closest("a") !== null
  if (isLink && main.classList.contains("stale")) event.preventDefault()
})
button("#failed button").addEventListener("click", () => showError(""))

const base = `${location.origin}/metal/v1`
/** @param {string} token */
const curl = (token) => `curl -X POST -H 'X-Auth-Token: ${token}' \\\n  ${base}/user/otp/sms/receive`
text(html(document, "#base"), base)
text(html(document, "#curl"), curl("YOUR-TOKEN"))
copies(button("#copy-base"), () => base)
copies(button("#copy-curl"), () => curl(users.firstToken))
listen({
  onEvent: (event) => {
    if (event._tag === "ClockChanged") clock.show(event)
    if (event._tag === "Reset") closeKeys()
    changedBy(event).forEach((load) => load())
  },
  onLive: () => {
    showLive(true)
    everything.forEach((load) => load())
  },
  onStale: () => showLive(false)
})
