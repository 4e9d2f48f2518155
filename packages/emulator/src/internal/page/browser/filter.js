/** The filter by user name. The page's address holds it, so that people can link to it. */
import { button, find, html, text } from "./dom.js"
import { act, ask, sends } from "./live.js"

const input = find(document, "#filter", HTMLInputElement)
/** @type {Set<() => void>} */
const listeners = new Set()
let userCount = 0

/** The text that the names of the shown users contain. */
export const filter = () => input.value.trim()

/** @param {() => void} changed */
export const onFilter = (changed) => listeners.add(changed)

/** @param {string} name */
export const linkTo = (name) => `/?${new URLSearchParams({ user: name })}`

/**
 * Requests data of the filtered users.
 *
 * @param {string} path
 * @param {Record<string, string>} [more]
 */
export const askFiltered = (path, more) => ask(`${path}?${new URLSearchParams({ search: filter(), ...more })}`)

/**
 * Makes the button of a section delete all that it shows. The button disappears, so the focus moves to the title.
 *
 * @param {string} id the id of the section, and the path
 * @param {string} done the message to announce
 */
export const clears = (id, done) =>
  button(`#${id} .clear`).addEventListener("click", () => {
    html(document, `#${id} h2`).focus()
    void act(`${id}?${new URLSearchParams({ search: filter() })}`, sends("DELETE"), done)
  })

/**
 * Explains an empty section.
 *
 * @param {string} selector
 * @param {string} unfiltered the text without a filter
 * @param {string} filtered the start of the text with a filter
 */
export const explain = (selector, unfiltered, filtered) => {
  const wanted = filter()
  text(html(document, selector), wanted === "" ? unfiltered : `${filtered} with “${wanted}” in their name.`)
}

/** Shows the filter when there is more than one user. @param {number} total */
export const showFilter = (total) => {
  if (filter() === "") userCount = total
  html(document, "#filter").hidden = userCount <= 1 && filter() === ""
}

input.value = new URLSearchParams(location.search).get("user") ?? ""
input.addEventListener("input", () => {
  history.replaceState(null, "", filter() === "" ? "/" : linkTo(filter()))
  listeners.forEach((changed) => changed())
})
