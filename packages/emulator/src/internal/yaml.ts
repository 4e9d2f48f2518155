/**
 * The reader of YAML, to be loaded when it is needed: most emulators have no
 * file. A bundler finds by name what CommonJS exports only when that is imported
 * statically, as here.
 */
import * as Effect from "effect/Effect"
import { parseDocument, type YAMLError } from "yaml"
import { InvalidOption } from "../InvalidOption.ts"

// The parser's own words quote the text, which may hold secrets: only these and the number of the line are told.
const mistakes: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a name is there twice",
  TAB_AS_INDENT: "a tab can't indent in YAML",
  MULTIPLE_DOCS: "there is more than one document",
  TAG_RESOLVE_FAILED: "there is a tag (!...) that means nothing here"
}

const lineAt = (text: string, position: number) => text.slice(0, position).split("\n").length

const problemOf = ({ code, pos }: YAMLError, text: string) =>
  `${mistakes[code] ?? "it is neither JSON nor YAML"}: line ${lineAt(text, pos[0])}`

/**
 * Reads YAML, or JSON, which is YAML too. What can't be read as it was meant is
 * refused: unknown tags, names that are there twice, a second document.
 *
 * @param text the YAML
 * @param whole what to call it in a failure
 */
export const parse = Effect.fnUntraced(function* (
  text: string,
  whole: string
): Effect.fn.Return<unknown, InvalidOption> {
  const invalid = (problem: string) => new InvalidOption({ option: whole, problem })
  const document = parseDocument(text, { merge: true, prettyErrors: false, logLevel: "error" })
  const [mistake] = [...document.errors, ...document.warnings]
  if (mistake !== undefined) return yield* invalid(problemOf(mistake, text))
  return yield* Effect.try({
    try: (): unknown => document.toJS(),
    catch: () => invalid("there is an alias (*...) that stands for nothing, or for too much")
  })
})
