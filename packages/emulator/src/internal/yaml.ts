/**
 * Parses YAML. Loaded only when it is needed, because most emulators have no file. The import of `yaml` is static: only
 * then does a bundler find the names that a CommonJS package exports.
 */
import * as Effect from "effect/Effect"
import { parseDocument, type YAMLError } from "yaml"
import { InvalidOption } from "../InvalidOption.ts"

/** Messages by error code. The parser's own messages quote the text, which may hold secrets. */
const messages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a name appears twice",
  TAB_AS_INDENT: "a tab can't indent in YAML",
  MULTIPLE_DOCS: "it has more than one document",
  TAG_RESOLVE_FAILED: "the tag (!...) is unknown"
}

const lineAt = (text: string, position: number) => text.slice(0, position).split("\n").length

const problemOf = ({ code, pos }: YAMLError, text: string) =>
  `${messages[code] ?? "it is neither JSON nor YAML"}: line ${lineAt(text, pos[0])}`

/**
 * Parses YAML, or JSON, which is YAML too. It fails for unknown tags, duplicate names and a second document.
 *
 * @param text the YAML
 * @param whole the name of the whole text in failures
 */
export const parse = Effect.fnUntraced(function* (
  text: string,
  whole: string
): Effect.fn.Return<unknown, InvalidOption> {
  const invalid = (problem: string) => new InvalidOption({ option: whole, problem })
  const document = parseDocument(text, { merge: true, prettyErrors: false, logLevel: "error" })
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) return yield* invalid(problemOf(error, text))
  return yield* Effect.try({
    try: (): unknown => document.toJS(),
    catch: () => invalid("an alias (*...) has no anchor (&...), or expands to too much")
  })
})
