/** Finds and changes elements of the page. Data of the emulator becomes text, never HTML. */

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

/**
 * Sets the text of an element. It leaves an equal text alone, so that a selection stays and a screen reader does not
 * repeat it.
 *
 * @param {Element} element
 * @param {string} value
 */
export const text = (element, value) => {
  if (element.textContent !== value) element.textContent = value
}

/** Announces a message to screen readers. @param {string} message */
export const say = (message) => text(html(document, "#said"), message)

/** Shows an error, or hides it if it is empty. @param {string} problem */
export const showError = (problem) => {
  const failed = html(document, "#failed")
  text(html(failed, "p"), problem)
  failed.hidden = problem === ""
}

/** @param {string} id */
export const fromTemplate = (id) => {
  const { firstElementChild } = document.importNode(find(document, `template#${id}`, HTMLTemplateElement).content, true)
  if (firstElementChild instanceof HTMLElement) return firstElementChild
  throw new Error(`There is no template ${id}`)
}

/**
 * Makes a button copy a value. It hides the button where the browser has no clipboard for the page.
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
      () => "Copying failed"
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
 * Makes a button a toggle, and returns whether it is on.
 *
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
 * Makes a button act at its second press, for actions that can't be undone.
 *
 * @param {HTMLElement} button
 * @param {() => void} act
 */
export const confirms = (button, act) => {
  const label = button.textContent
  const name = button.getAttribute("aria-label") ?? label
  /** @param {boolean} isSure */
  const show = (isSure) => {
    text(button, isSure ? "Press again" : label)
    button.setAttribute("aria-label", isSure ? `${name}: press again to confirm` : name)
    button.classList.toggle("sure", isSure)
  }
  button.addEventListener("blur", () => show(false))
  button.addEventListener("click", () => {
    const isSure = button.classList.contains("sure")
    show(!isSure)
    if (isSure) act()
  })
}
