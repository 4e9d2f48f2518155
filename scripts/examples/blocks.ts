/** Finds the code blocks of documents and docstrings, and turns TypeScript blocks into modules that check themselves. */
import ts from "@typescript/typescript6"

export interface Block {
  readonly file: string
  readonly line: number
  readonly language: string
  readonly code: string
}

const fence = /^( *(?:\* ?)?)```(\w+)[^\n]*\n([^]*?)^ *(?:\* ?)?```/gm

/** All code blocks of a text. */
export const blocksOf = (file: string, text: string): ReadonlyArray<Block> =>
  Array.from(text.matchAll(fence), ({ 1: margin = "", 2: language = "", 3: code = "", index }) => ({
    file,
    line: text.slice(0, index).split("\n").length + 1,
    language,
    code: margin.includes("*") ? code.replaceAll(/^ *\* ?/gm, "") : code
  }))

export interface Example {
  readonly code: string
  /** The positions of the values that the module compares. */
  readonly comparisons: ReadonlyArray<string>
  /** The lines that it has to print, in this order. */
  readonly prints: ReadonlyArray<string>
}

const value = /^[;\t ]*\n?[\t ]*\/\/ => (.*)/

/**
 * Turns a block into a module. The module compares each value that has a `// => ` after its statement, and exports its
 * top-level constants as `$top`. Line numbers stay the same.
 *
 * @param root the relative path from the module to the repository's root
 */
export const exampleOf = ({ code, file, line }: Block, root = ".."): Example => {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true)
  const comparisons: Array<string> = []
  const edits: Array<readonly [at: number, text: string]> = []
  const visit = (node: ts.Node): void => {
    if ((ts.isExpressionStatement(node) || ts.isReturnStatement(node)) && node.expression !== undefined) {
      const [, expected] = value.exec(code.slice(node.end)) ?? []
      if (expected !== undefined) {
        const where = `${file}:${line + source.getLineAndCharacterOfPosition(node.end).line}`
        comparisons.push(where)
        edits.push(
          [node.expression.getStart(), "$shows("],
          [node.expression.end, `, (${expected}), ${JSON.stringify(where)})`]
        )
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const expected = code.match(/\/\/ => /g)?.length ?? 0
  if (expected !== comparisons.length) throw new Error(`${file}:${line}: a "// =>" follows no statement`)
  const checked = edits
    .toSorted(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), code)
  const names = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations.map(({ name }) => name))
    .filter(ts.isIdentifier)
    .map(({ text }) => text)
  return {
    code: `import { shows as $shows } from "${root}/scripts/examples/shows.ts"; ${checked}\nexport const $top = { ${names.join(", ")} }\n`,
    comparisons,
    prints: Array.from(code.matchAll(/\/\/ prints (.*)/g), ([, text = ""]) => text)
  }
}
