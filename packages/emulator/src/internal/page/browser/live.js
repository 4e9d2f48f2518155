/** Requests to the control API, the emulator's clock, and lists that follow changes. */
import { showError, fromTemplate, find, html, say, text } from "./dom.js"

/** How far the emulator's clock is ahead of the browser's, in milliseconds. */
let ahead = 0
/** The time of the clock while it is held.
 * @type {number | undefined} */
let heldAt

/** @param {number} at @param {boolean} [isHeld] */
export const setClock = (at, isHeld = heldAt !== undefined) => {
  ahead = at - Date.now()
  heldAt = isHeld ? at : undefined
}
export const now = () => heldAt ?? Date.now() + ahead

/**
 * Shows a time, with its date unless that is today.
 *
 * @param {ParentNode} root
 * @param {number} at
 */
export const clock = (root, at) => {
  const time = find(root, "time", HTMLTimeElement)
  const date = new Date(at)
  const day = date.toDateString() === new Date(now()).toDateString() ? "" : `${date.toLocaleDateString("en-CA")} `
  time.dateTime = date.toISOString()
  text(time, day + date.toLocaleTimeString("en-GB"))
}

/** The minutes and seconds until a time. @param {number} until */
export const left = (until) => {
  const seconds = Math.max(0, Math.ceil((until - now()) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** @param {string} path @param {RequestInit} [init] */
export const ask = async (path, init) => {
  const response = await fetch(`/_emulator/v1/${path}`, init)
  const body = response.status === 204 ? {} : await response.json()
  if (response.ok) return body
  throw new Error(body.errors[0])
}

/** @param {string} method @param {unknown} [body] @returns {RequestInit} */
export const sends = (method, body) =>
  body === undefined
    ? { method }
    : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }

/**
 * Sends a request. Announces a message when it succeeds, and shows the error when not.
 *
 * @param {string} path
 * @param {RequestInit} init
 * @param {string} done the message; empty for none
 * @returns {Promise<boolean>} whether it succeeded
 */
export const act = async (path, init, done) => {
  const problem = await ask(path, init).then(
    () => "",
    (error) => error.message
  )
  showError(problem)
  if (problem === "" && done !== "") say(done)
  return problem === ""
}

/**
 * Limits how often data is loaded: at once, and then only after the last load has ended and 200 ms have passed.
 *
 * @param {() => Promise<void>} load
 */
export const paced = (load) => {
  let isBusy = false
  let isStale = false
  const run = async () => {
    isStale = isBusy
    if (isBusy) return
    isBusy = true
    // A failed load needs no retry: the page loads everything when events arrive again.
    await load().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 200))
    isBusy = false
    if (isStale) void run()
  }
  return run
}

/** The functions that run once a second.
 * @type {Set<() => void>} */
export const ticks = new Set()
let isTicking = true
setInterval(() => isTicking && ticks.forEach((tick) => tick()), 1000)

/** Stops the seconds on a stale page. @param {boolean} isOn */
export const setTicking = (isOn) => {
  isTicking = isOn
}

/**
 * Makes a function that shows a list. It keeps the element of an item that stays, so that the focus stays too.
 *
 * @template T
 * @param {string} id
 * @param {Element} parent
 * @param {(item: T) => string | number} keyOf
 * @param {(element: HTMLElement, first: T) => { update: (item: T, index: number) => void, tick?: () => void }} make
 */
export const keyed = (id, parent, keyOf, make) => {
  /** @type {Map<string | number, { element: HTMLElement } & ReturnType<typeof make>>} */
  let rows = new Map()
  const section = html(document, `section#${id}`)
  ticks.add(() => rows.forEach(({ tick }) => tick?.()))
  /** @param {ReadonlyArray<T>} items @param {number} [total] */
  return (items, total = items.length) => {
    const before = rows
    rows = new Map()
    items.forEach((item, index) => {
      const key = keyOf(item)
      let row = before.get(key)
      if (row === undefined) {
        const element = fromTemplate(id.slice(0, -1))
        row = { element, ...make(element, item) }
      }
      row.update(item, index)
      row.tick?.()
      rows.set(key, row)
    })
    for (const [key, { element }] of before) if (!rows.has(key)) element.remove()
    let place = parent.firstElementChild
    for (const { element } of rows.values()) {
      if (place === element) place = place.nextElementSibling
      else parent.insertBefore(element, place)
    }
    const count = total > items.length ? `${items.length} of ${total}` : String(total)
    text(html(section, ".count"), total === 0 ? "" : count)
    html(section, ".empty").hidden = items.length > 0
    for (const shown of section.querySelectorAll(".scroll, .clear, nav"))
      shown.toggleAttribute("hidden", items.length === 0)
  }
}
