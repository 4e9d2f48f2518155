/**
 * The section of the users.
 *
 * @import * as Json from "../json.ts"
 */
import { button, find, html, say, text } from "./dom.js"
import { askFiltered, explain, filter, onFilter, showFilter } from "./filter.js"
import { ask, paced, sends, setClock } from "./live.js"
import * as messages from "./messages.js"
import { userList } from "./user.js"

const showUsers = userList(() => load())

/** The number of users before the first that is shown. */
let skipped = 0
const pageSize = 10
/** The token in the suggested curl command. */
export let firstToken = ""

const add = find(document, "#add", HTMLDetailsElement)
const form = find(add, "form", HTMLFormElement)
const addFirst = button("#add-first")

/** The user in the form. The emulator fills empty fields. */
const newUser = () => {
  const fields = new FormData(form)
  /** @param {string} name */
  const field = (name) => String(fields.get(name) ?? "").trim()
  /** @param {string} name */
  const given = (name) => (field(name) === "" ? {} : { [name]: field(name) })
  const [app, sms] = field("twoFactor").split(" ")
  return {
    ...given("name"),
    ...given("authToken"),
    ...given("otp"),
    phoneNumber: field("phoneNumber") || null,
    twoFactor: { app, sms }
  }
}

/**
 * Shows an error of the emulator, which begins with the name of a field. Shows the field's label in its place, and moves
 * the focus there.
 *
 * @param {string} problem
 */
const showProblem = (problem) => {
  const [name = ""] = problem.split(":")
  const field = form.elements.namedItem(name)
  const isField = field instanceof HTMLInputElement
  const label = isField ? (field.labels?.[0]?.firstChild?.textContent?.trim() ?? name) : name
  if (isField) field.focus()
  text(html(form, "[role=alert]"), problem.replace(name, label))
}

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  /** @type {Json.User | undefined} */
  const added = await ask("users", sends("POST", newUser())).then(
    (user) => user,
    (error) => showProblem(error.message)
  )
  if (added === undefined) return
  showProblem("")
  form.reset()
  add.open = false
  find(add, "summary", HTMLElement).focus()
  say(`${added.name} was added`)
})
addFirst.addEventListener("click", () => {
  add.open = true
  find(form, "input", HTMLInputElement).focus()
})

/** @param {number} by */
const turn = (by) => () => {
  skipped = Math.max(0, skipped + by)
  load()
}
button("#previous").addEventListener("click", turn(-pageSize))
button("#next").addEventListener("click", turn(pageSize))

export const load = paced(async () => {
  const offset = skipped
  /** @type {Json.Users} */
  const { now: at, total, users } = await askFiltered("users", { offset: String(offset), limit: String(pageSize) })
  // The last user of this page of the list was removed.
  if (users.length === 0 && offset > 0) return turn(-pageSize)()
  setClock(at)
  if (offset === 0 && (users.length > 0 || filter() === "")) firstToken = users[0]?.authToken ?? ""
  button("#copy-curl").disabled = firstToken === ""
  if (offset === 0) messages.suggest(users.find(({ phoneNumber }) => phoneNumber !== null)?.name ?? "")
  showUsers(users, total)
  showFilter(total)
  explain("#users .empty p", "No users. The emulator refuses every token until you add one.", "No users")
  addFirst.hidden = filter() !== ""
  html(document, "#users nav").hidden = total <= pageSize
  text(html(document, "#range"), `${offset + 1} to ${offset + users.length} of ${total}`)
  button("#previous").disabled = offset === 0
  button("#next").disabled = offset + users.length >= total
})

onFilter(() => {
  skipped = 0
  load()
})
