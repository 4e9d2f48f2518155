/** HTML as a template that escapes what is put into it. */

/** Text that is HTML already. Only `html` makes it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What can be put into HTML. Text is escaped, `undefined` is nothing. */
export type Value = string | number | undefined | Html | ReadonlyArray<Html>

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

const escape = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "")

const render = (value: Value): string => {
  if (value === undefined) return ""
  if (value instanceof Html) return value.text
  return typeof value === "object" ? value.map(render).join("") : escape(String(value))
}

/** Put values between tags and into attributes in quotes, and nowhere else: escaping makes no URL or script safe. */
export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  new Html(strings.map((text, index) => text + render(values[index])).join(""))

/** HTML that another library made, as a QR code. Never what a person typed. */
export const trusted = (text: string): Html => new Html(text)
