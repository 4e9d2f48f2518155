/** Whose messages, requests and codes are shown. It stands in the page's address, so that it can be linked to. */
import { find, html, text } from "./dom.js"
import { ask } from "./live.js"

const input = find(document, "#filter", HTMLInputElement)
/** @type {Set<() => void>} */
const watching = new Set()
let known = 0

/** What the users that are shown have in their name. */
export const filter = () => input.value.trim()

/** @param {() => void} changed */
export const onFilter = (changed) => watching.add(changed)

/** @param {string} name */
export const linkTo = (name) => `/?${new URLSearchParams({ user: name })}`

/**
 * Asks for what is of these users only.
 *
 * @param {string} path
 * @param {Record<string, string>} [more]
 */
export const askFiltered = (path, more) => ask(`${path}?${new URLSearchParams({ search: filter(), ...more })}`)

/**
 * Says why nothing is there.
 *
 * @param {string} selector
 * @param {string} ofAll
 * @param {string} ofSome
 */
export const explain = (selector, ofAll, ofSome) => {
  const wanted = filter()
  text(html(document, selector), wanted === "" ? ofAll : `${ofSome} with “${wanted}” in their name.`)
}

/** One user needs no choice. @param {number} total */
export const showFilter = (total) => {
  if (filter() === "") known = total
  html(document, "#filter").hidden = known <= 1 && filter() === ""
}

input.value = new URLSearchParams(location.search).get("user") ?? ""
input.addEventListener("input", () => {
  history.replaceState(null, "", filter() === "" ? "/" : linkTo(filter()))
  watching.forEach((changed) => changed())
})
