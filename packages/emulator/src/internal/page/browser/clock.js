/**
 * The section of the clock.
 *
 * @import * as Json from "../json.ts"
 */
import { button, find, html, text } from "./dom.js"
import { act, ask, clock as showTime, now, paced, sends, setClock, ticks } from "./live.js"

/** @type {Json.Clock} */
let shown = { now: 0, held: false, offset: 0 }
let shownAt = 0

const bar = html(document, "#clock")
const hold = button("#hold")
const reset = button("#machine-time")
const form = find(bar, "form", HTMLFormElement)
const input = find(form, "input", HTMLInputElement)

/** A duration in its two largest units. @param {number} ms */
const durationText = (ms) => {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"]
  ]
  return parts
    .filter(([n]) => n !== 0)
    .slice(0, 2)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ")
}

const stateText = () => {
  // A held clock falls behind this machine with every second.
  const ahead = shown.offset - (shown.held ? Date.now() - shownAt : 0)
  return [
    shown.held ? "held" : "",
    Math.abs(ahead) < 1000 ? "" : `${durationText(ahead)} ${ahead > 0 ? "ahead of" : "behind"} this machine`
  ]
    .filter(Boolean)
    .join(", ")
}

const tick = () => {
  showTime(bar, now())
  text(html(bar, ".note"), stateText())
}

/** @param {Json.Clock} clock */
export const show = (clock) => {
  shown = clock
  shownAt = Date.now()
  setClock(clock.now, clock.held)
  text(hold, clock.held ? "Release" : "Hold")
  hold.setAttribute("aria-label", clock.held ? "Release the clock" : "Hold the clock")
  reset.hidden = !clock.held && Math.abs(clock.offset) < 1000
  tick()
}

export const load = paced(async () => show(await ask("clock")))

for (const forward of bar.querySelectorAll("button[data-by]")) {
  const by = forward.getAttribute("data-by")
  forward.addEventListener("click", () => act("clock/advance", sends("POST", { by }), `Clock advanced by ${by}`))
}
hold.addEventListener("click", () =>
  shown.held ? act("clock/release", sends("POST"), "Clock released") : act("clock/hold", sends("POST"), "Clock held")
)
reset.addEventListener("click", () => {
  hold.focus()
  void act("clock/reset", sends("POST"), "The clock has this machine’s time")
})
html(bar, "details").addEventListener("toggle", () => {
  const at = new Date(now())
  input.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
})
form.addEventListener("submit", (event) => {
  event.preventDefault()
  void act("clock", sends("PUT", { now: new Date(input.value).getTime() }), "Clock set")
})
ticks.add(tick)
