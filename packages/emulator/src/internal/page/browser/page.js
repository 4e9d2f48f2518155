/** @import * as Json from "../json.ts" */
import { button, copies, html, text } from "./dom.js"
import * as faults from "./faults.js"
import { ticks } from "./live.js"
import * as messages from "./messages.js"
import * as requests from "./requests.js"
import * as users from "./users.js"

/** @type {Record<Json.Section, () => void>} */
const sections = {
  outbox: messages.load,
  users: users.load,
  requests: requests.load,
  faults: faults.load
}

/** @param {boolean} isLive */
const showLive = (isLive) => {
  const live = html(document, "#live")
  text(live, isLive ? "Live" : "Reconnecting")
  live.classList.toggle("on", isLive)
}

const listen = () => {
  const source = new EventSource("/_emulator/events")
  source.addEventListener("message", ({ data }) => {
    showLive(true)
    for (const [name, load] of Object.entries(sections)) if (data.split(" ").includes(name)) load()
  })
  source.addEventListener("error", () => {
    showLive(false)
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 1000)
  })
}

const base = `${location.origin}/metal/v1`
/** @param {string} token */
const curl = (token) => `curl -X POST -H 'X-Auth-Token: ${token}' \\\n  ${base}/user/otp/sms/receive`
text(html(document, "#base"), base)
text(html(document, "#curl"), curl("YOUR-TOKEN"))
copies(button("#copy-base"), () => base)
copies(button("#copy-curl"), () => curl(users.firstToken))
setInterval(() => ticks.forEach((tick) => tick()), 1000)
listen()
