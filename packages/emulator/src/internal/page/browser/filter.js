/** Whose messages, requests and codes are shown. It stands in the page's address, so that it can be linked to. */
import { button, find, html, text } from "./dom.js"
import { act, ask, sends } from "./live.js"

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
 * A section's button that takes off what it shows. The focus goes to its title, since the button goes too.
 *
 * @param {string} id that of the section, and the path
 * @param {string} done
 */
export const clears = (id, done) =>
  button(`#${id} .clear`).addEventListener("click", () => {
    html(document, `#${id} h2`).focus()
    void act(`${id}?${new URLSearchParams({ search: filter() })}`, sends("DELETE"), done)
  })

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
