/** What stands on the page. All that comes from the emulator is put in as text, never as HTML. */

/**
 * @template {Element} E
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => E} type
 * @returns {E}
 */
export const find = (root, selector, type) => {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`There is no ${selector}`)
}

/** @param {ParentNode} root @param {string} selector */
export const html = (root, selector) => find(root, selector, HTMLElement)

/** @param {string} selector */
export const button = (selector) => find(document, selector, HTMLButtonElement)

/** Leaves alone what is as it should be: a selection in it stays, and nothing is said twice. */
/** @param {Element} element @param {string} value */
export const text = (element, value) => {
  if (element.textContent !== value) element.textContent = value
}

/** @param {string} message */
export const say = (message) => text(html(document, "#said"), message)

/** Shows what went wrong; nothing if it is empty. @param {string} problem */
export const complain = (problem) => {
  const failed = html(document, "#failed")
  text(html(failed, "p"), problem)
  failed.hidden = problem === ""
}

/** @param {string} id */
export const copyOf = (id) => {
  const { firstElementChild } = document.importNode(find(document, `template#${id}`, HTMLTemplateElement).content, true)
  if (firstElementChild instanceof HTMLElement) return firstElementChild
  throw new Error(`There is no template ${id}`)
}

/**
 * Only where a page may write to the clipboard.
 *
 * @param {HTMLElement} button
 * @param {() => string} value
 */
export const copies = (button, value) => {
  button.hidden = navigator.clipboard === undefined
  const label = button.textContent
  button.addEventListener("click", async () => {
    const outcome = await navigator.clipboard.writeText(value()).then(
      () => "Copied",
      () => "Not allowed"
    )
    text(button, outcome)
    say(outcome)
    setTimeout(() => text(button, label), 1500)
  })
}

/** @param {ParentNode} root @param {string} code */
export const showCode = (root, code) => {
  const half = Math.ceil(code.length / 2)
  root
    .querySelectorAll(".otp span")
    .forEach((part, index) => text(part, index ? code.slice(half) : code.slice(0, half)))
}

/**
 * @param {HTMLElement} button
 * @param {() => void} changed
 */
export const toggles = (button, changed) => {
  const isOn = () => button.getAttribute("aria-pressed") === "true"
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isOn()))
    changed()
  })
  return isOn
}

/**
 * What can't be undone is done at the second press.
 *
 * @param {HTMLElement} button
 * @param {() => void} act
 */
export const confirms = (button, act) => {
  const label = button.textContent
  const name = button.getAttribute("aria-label") ?? label
  /** @param {boolean} isSure */
  const ask = (isSure) => {
    text(button, isSure ? "Press again" : label)
    button.setAttribute("aria-label", isSure ? `${name}: press again to confirm` : name)
    button.classList.toggle("sure", isSure)
  }
  button.addEventListener("blur", () => ask(false))
  button.addEventListener("click", () => {
    const isSure = button.classList.contains("sure")
    ask(!isSure)
    if (isSure) act()
  })
}
