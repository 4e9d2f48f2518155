/** @import * as Json from "../json.ts" */
import { button, find, html, say, text } from "./dom.js"
import { askFiltered, explain, filter, onFilter, showFilter } from "./filter.js"
import { ask, paced, sends, setClock } from "./live.js"
import * as messages from "./messages.js"
import { userList } from "./user.js"

const showUsers = userList(() => load())

/** How many users are left out before the first that is shown. */
let skipped = 0
const pageSize = 10
/** For the call that the page suggests. */
export let firstToken = ""

const add = find(document, "#add", HTMLDetailsElement)
const form = find(add, "form", HTMLFormElement)
const addFirst = button("#add-first")

/** What is left out gets what the emulator gives. */
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

/** Shows why, and leads to the field, which the message begins with. @param {string} problem */
const refuse = (problem) => {
  const field = form.elements.namedItem(problem.split(":")[0] ?? "")
  if (field instanceof HTMLElement) field.focus()
  text(html(form, "[role=alert]"), problem)
}

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  /** @type {Json.User | undefined} */
  const added = await ask("users", sends("POST", newUser())).then(
    (user) => user,
    (error) => refuse(error.message)
  )
  if (added === undefined) return
  refuse("")
  form.reset()
  add.open = false
  find(add, "summary", HTMLElement).focus()
  say(`${added.name} is added`)
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
  // The last of a page may have been removed.
  if (users.length === 0 && offset > 0) return turn(-pageSize)()
  setClock(at)
  if (offset === 0 && (users.length > 0 || filter() === "")) firstToken = users[0]?.authToken ?? ""
  button("#copy-curl").disabled = firstToken === ""
  if (offset === 0) messages.suggest(users.find(({ phoneNumber }) => phoneNumber !== null)?.name ?? "")
  showUsers(users, total)
  showFilter(total)
  explain("#users .empty p", "There are no users, so the emulator refuses every token.", "No user")
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
