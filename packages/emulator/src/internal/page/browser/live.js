/** How the page asks the emulator, and keeps up with it. */
import { complain, copyOf, find, html, say, text } from "./dom.js"

/** How far the emulator's clock is ahead of the browser's. */
let ahead = 0
/** Where it stands, if it is held.
 * @type {number | undefined} */
let standing

/** @param {number} at @param {boolean} [isHeld] */
export const setClock = (at, isHeld = standing !== undefined) => {
  ahead = at - Date.now()
  standing = isHeld ? at : undefined
}
export const now = () => standing ?? Date.now() + ahead

/**
 * The time, and the day if that was another.
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

/** @param {number} until */
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
 * Does something, and says so, or shows why not.
 *
 * @param {string} path
 * @param {RequestInit} init
 * @param {string} done what is said; nothing if it is empty
 * @returns {Promise<boolean>} whether it is done
 */
export const act = async (path, init, done) => {
  const problem = await ask(path, init).then(
    () => "",
    (error) => error.message
  )
  complain(problem)
  if (problem === "" && done !== "") say(done)
  return problem === ""
}

/**
 * At once, but not again before the last time is over and a moment has passed.
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
    // When the emulator is gone, the stream of events says when it is back.
    await load().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 200))
    isBusy = false
    if (isStale) void run()
  }
  return run
}

/** What is done once a second.
 * @type {Set<() => void>} */
export const ticks = new Set()
let isTicking = true
setInterval(() => isTicking && ticks.forEach((tick) => tick()), 1000)

/** No time passes on a page that is stale. @param {boolean} goesOn */
export const setTicking = (goesOn) => {
  isTicking = goesOn
}

/**
 * A list whose elements stay while their items do, and with them the focus.
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
        const element = copyOf(id.slice(0, -1))
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
