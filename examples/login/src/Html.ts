/** A template for HTML that escapes its values. */

/** Text that is HTML already. Only `html` and `trusted` make it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The values that a template takes. Text is escaped, and `undefined` renders as nothing. */
export type Value = string | number | undefined | Html | ReadonlyArray<Html>

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

const escape = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "")

const render = (value: Value): string => {
  if (value === undefined) return ""
  if (value instanceof Html) return value.text
  return typeof value === "object" ? value.map(render).join("") : escape(String(value))
}

/** Put values only between tags and into quoted attributes: escaping does not make a URL or a script safe. */
export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  new Html(strings.map((text, index) => text + render(values[index])).join(""))

/** Marks the HTML of another library, such as a QR code. Never pass text that a person typed. */
export const trusted = (text: string): Html => new Html(text)
