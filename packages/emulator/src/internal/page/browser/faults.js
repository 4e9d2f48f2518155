/**
 * The section of the faults.
 *
 * @import * as Json from "../json.ts"
 */
import { button, fromTemplate, find, html, say, text } from "./dom.js"
import { ask, paced, sends } from "./live.js"

/** @type {ReadonlyArray<Json.Rule>} */
let rules = []

/** @param {ReadonlyArray<object>} next */
const setRules = async (next) => {
  const failed = await ask("faults", sends("PUT", { rules: next })).then(
    () => "",
    (error) => error.message
  )
  text(html(document, "#refused"), failed)
  load()
  return failed === ""
}

const form = find(document, "#faults form", HTMLFormElement)
const faultSelect = find(form, "[name=fault]", HTMLSelectElement)
const whenSelect = find(form, "[name=when]", HTMLSelectElement)

/** @param {Json.Rule} rule */
const titleOf = ({ fault }) => {
  const name = faultSelect.querySelector(`[value="${fault._tag}"]`)?.textContent ?? fault._tag
  if (fault._tag === "Status") return `${name} ${fault.status}`
  if (fault._tag !== "Slow") return name
  return `${name}, ${typeof fault.delay === "number" ? `${fault.delay} s` : "never"}`
}

/** @param {Json.Rule} rule */
const detailsOf = ({ nth, operation, probability = 1, when = "before" }) =>
  [
    operation ?? "any operation",
    when === "after" ? "after the effect" : "before the effect",
    nth === undefined ? "" : `only call ${nth}`,
    probability === 1 ? "" : `probability ${+(probability * 100).toFixed(3)} %`
  ]
    .filter(Boolean)
    .join(", ")

/** @type {(faults: Json.Faults) => void} */
const showRules = (() => {
  const list = html(document, "#faults ul")
  const empty = html(document, "#faults .empty")
  return ({ idle, injected, rules: items }) => {
    rules = items
    text(html(document, "#faults .count"), injected === 0 ? "" : `${injected} injected`)
    empty.hidden = items.length > 0
    button("#clear").hidden = items.length === 0
    const drawn = JSON.stringify([items, idle])
    if (list.dataset["shown"] === drawn) return
    list.dataset["shown"] = drawn
    list.replaceChildren(
      ...items.map((rule, index) => {
        const element = fromTemplate("rule")
        const remove = html(element, "button")
        text(html(element, "strong"), titleOf(rule))
        text(html(element, ".soft"), detailsOf(rule))
        const never = idle.find((one) => one.index === index)
        text(html(element, ".never"), never === undefined ? "" : `Never applies, because ${never.reason}`)
        remove.setAttribute("aria-label", `Remove ${titleOf(rule)}, ${detailsOf(rule)}`)
        remove.addEventListener("click", () => {
          html(document, "#faults-title").focus()
          void setRules(rules.filter((_, at) => at !== index))
        })
        return element
      })
    )
  }
})()

const showFields = () => {
  for (const field of form.querySelectorAll("label")) {
    const isFor = field.dataset["for"]
    field.hidden = isFor !== undefined && isFor !== faultSelect.value
  }
  const isBefore = faultSelect.value === "Refuse"
  if (isBefore) whenSelect.value = "before"
  whenSelect.disabled = isBefore
}

/** @param {string} name */
const field = (name) => {
  const input = form.elements.namedItem(name)
  return input instanceof HTMLInputElement || input instanceof HTMLSelectElement ? input.value : ""
}

/** The rule in the form. */
const newRule = () => {
  const [operation, nth, _tag] = [field("operation"), field("nth"), field("fault")]
  const page = { contentType: "text/html", body: "<h1>502 Bad Gateway</h1>" }
  return {
    ...(operation && { operation }),
    ...(nth && { nth: Number(nth) }),
    probability: Number(field("chance") || 100) / 100,
    when: whenSelect.value === "after" ? "after" : "before",
    fault: {
      _tag,
      ...(_tag === "Status" && { status: Number(field("status")) }),
      ...(_tag === "Slow" && { delay: Number(field("delay")) }),
      ...(_tag === "Foreign" && page)
    }
  }
}

faultSelect.addEventListener("change", showFields)
showFields()
form.addEventListener("submit", async (event) => {
  event.preventDefault()
  if (await setRules([...rules, newRule()])) say("Fault added")
})
button("#clear").addEventListener("click", () => {
  html(document, "#faults-title").focus()
  void setRules([])
})

/** Whether there are rules. Then each call may change their counts. */
export const hasRules = () => rules.length > 0

export const load = paced(async () => {
  /** @type {Json.Faults} */
  const faults = await ask("faults")
  showRules(faults)
})
