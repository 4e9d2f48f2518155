/**
 * The section of the requests.
 *
 * @import * as Json from "../json.ts"
 */
import { html, text, toggles } from "./dom.js"
import { askFiltered, clears, explain, onFilter } from "./filter.js"
import { ask, clock, keyed, paced } from "./live.js"

/** @param {string} path */
const shortened = (path) => (path.startsWith("/metal/v1/") ? path.slice("/metal/v1".length) : path)

/** @param {Json.Request} request */
const reasonOf = ({ errors, retryAfter }) =>
  [...errors, retryAfter === null ? "" : `retry after ${retryAfter} s`].filter(Boolean).join(", ")

/** @type {(items: ReadonlyArray<Json.Request>, total: number) => void} */
const showRequests = keyed(
  "requests",
  html(document, "#requests tbody"),
  ({ id }) => id,
  (element, request) => {
    const { at, duration, fault, id, method, path, status, user } = request
    const show = html(element, "button")
    const pathAt = html(element, ".path")
    const tokenAt = html(element, ".token")
    /** @param {string} path @param {string} token */
    const draw = (path, token) => {
      text(pathAt, `${method} ${shortened(path)}`)
      text(tokenAt, token)
    }
    const drawMasked = () => draw(path.replaceAll("{otp}", "••••••"), "••••••••")
    drawMasked()
    const isShown = toggles(show, async () => {
      if (!isShown()) return drawMasked()
      /** @type {Json.RequestDetails} */
      const { authToken, rawPath } = await ask(`requests/${id}`)
      if (isShown()) draw(rawPath, authToken || "none")
    })
    show.setAttribute("aria-label", `Reveal the secrets of request ${id}`)
    clock(element, at)
    text(html(element, ".who"), user ?? "unknown user")
    text(html(element, ".status"), String(status ?? "no reply"))
    text(html(element, ".note"), fault ?? "")
    text(html(element, ".took"), `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`)
    text(html(element, ".reason"), reasonOf(request))
    element.classList.toggle("bad", status === null || status >= 400)
    return { update: () => {} }
  }
)

export const load = paced(async () => {
  /** @type {Json.Requests} */
  const { requests, total } = await askFiltered("requests")
  showRequests(requests, total)
  explain(
    "#requests .empty",
    "No requests yet. Use the URL above as the base URL of your client.",
    "No requests of users"
  )
})

onFilter(load)
clears("requests", "Requests cleared")
