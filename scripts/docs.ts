/** Checks that each public module has a description and `@since`, and that each of its exports has a `@category` too. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import ts from "@typescript/typescript6"
import { Console, Data, Effect, FileSystem } from "effect"

const packages = ["core", "schema", "client", "effect3", "emulator", "testing"]

class Undocumented extends Data.TaggedError("Undocumented")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** A declaration that needs a docstring, with its exported name. */
interface Exported {
  readonly name: string
  readonly node: ts.Node
}

const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const exportedBy = (statement: ts.Statement): ReadonlyArray<Exported> => {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement
    return exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map((node) => ({ name: node.name.text, node }))
      : [{ name: statement.getText(), node: statement }]
  }
  if (!isExported(statement)) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((node) => ({ name: node.name.getText(), node }))
  }
  const [name = statement.getText()] = statement
    .getChildren()
    .flatMap((child) => (ts.isIdentifier(child) ? child.text : []))
  return [{ name, node: statement }]
}

/** Whether this is a later signature of an overloaded function: the first one has the docstring. */
const isOverload = ({ name, node }: Exported, index: number, all: ReadonlyArray<Exported>) =>
  ts.isFunctionDeclaration(node) &&
  all.slice(0, index).some((before) => before.name === name && ts.isFunctionDeclaration(before.node))

const hasTag = (docs: ReadonlyArray<ts.JSDoc>, tag: string, value: RegExp) =>
  docs.some(({ tags = [] }) =>
    tags.some(({ comment, tagName }) => tagName.text === tag && value.test(ts.getTextOfJSDocComment(comment) ?? ""))
  )

const version = /^\d+\.\d+\.\d+$/

const missing = ({ node }: Exported): ReadonlyArray<string> => {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1)
  return [
    ...(docs.some(({ comment }) => (ts.getTextOfJSDocComment(comment) ?? "").trim() !== "") ? [] : ["a description"]),
    ...(hasTag(docs, "category", /\S/) ? [] : ["@category"]),
    ...(hasTag(docs, "since", version) ? [] : ["@since"])
  ]
}

const problemsOf = (file: string, text: string): ReadonlyArray<string> => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const exported = source.statements.flatMap(exportedBy)
  const head = /^\/\*\*[^]*?\*\//.exec(text)?.[0] ?? ""
  return [
    ...(/^ \* \w[^]*^ \* @since \d+\.\d+\.\d+$/m.test(head)
      ? []
      : [`${file}: the module needs a description and @since`]),
    ...exported.flatMap((one, index) => {
      const wanted = isOverload(one, index, exported) ? [] : missing(one)
      const { line } = source.getLineAndCharacterOfPosition(one.node.getStart())
      return wanted.length === 0 ? [] : [`${file}:${line + 1}: ${one.name} needs ${wanted.join(" and ")}`]
    })
  ]
}

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const files = (yield* Effect.forEach(packages, (name) => {
    const folder = `packages/${name}/src`
    return Effect.map(fs.readDirectory(folder), (files) => files.map((file) => `${folder}/${file}`))
  }))
    .flat()
    .filter((file) => file.endsWith(".ts") && !file.endsWith("/index.ts"))
  const problems = yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(file), (text) => problemsOf(file, text))
  )
  if (problems.flat().length > 0) return yield* new Undocumented({ problems: problems.flat() })
  yield* Console.log(`all exports of ${files.length} public modules have a description, a category and a version`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
