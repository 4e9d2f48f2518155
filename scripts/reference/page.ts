/** Renders a page of the API reference from the declarations of a module, which have its docstrings and full types. */
import ts from "@typescript/typescript6"
import { Array, Record } from "effect"

/** An export and its documentation. */
interface Entry {
  readonly name: string
  readonly category: string
  readonly signatures: ReadonlyArray<string>
  readonly docs: Docs
  readonly members: ReadonlyArray<Member>
}

interface Member {
  readonly name: string
  readonly signature: string
  readonly docs: Docs
}

interface Docs {
  readonly text: string
  readonly params: ReadonlyArray<readonly [name: string, text: string]>
  readonly example: string | undefined
  readonly category: string | undefined
  readonly since: string | undefined
}

/** The declarations of a module. */
interface Declarations {
  readonly source: ts.SourceFile
  /** The types of base classes, by the names that TypeScript gives them, such as `OtpsClient_base`. */
  readonly bases: ReadonlyMap<string, string>
}

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined) =>
  (ts.getTextOfJSDocComment(comment) ?? "").trim()

const docsOf = (node: ts.Node): Docs => {
  const doc = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)
  const tags: ReadonlyArray<ts.JSDocTag> = doc?.tags ?? []
  const tag = (name: string) => {
    const found = tags.find(({ tagName }) => tagName.text === name)
    return found === undefined ? undefined : textOf(found.comment)
  }
  return {
    text: textOf(doc?.comment),
    params: tags.filter(ts.isJSDocParameterTag).map(({ comment, name }) => [name.getText(), textOf(comment)]),
    example: tag("example"),
    category: tag("category"),
    since: tag("since")
  }
}

/** The text of a declaration, without docstrings and with an indentation of two spaces. */
const textOfNode = (node: ts.Node, { source }: Declarations) =>
  node
    .getText(source)
    .replaceAll(/\/\*\*[^]*?\*\/\n */g, "")
    .replaceAll('import("effect/Cause").', "")
    .replaceAll(/^export (?:declare )?/gm, "")
    .replaceAll(/^((?: {4})+)/gm, (indent) => indent.slice(indent.length / 2))

const signatureOf = (node: ts.Node, declarations: Declarations) => {
  const text = textOfNode(node, declarations)
  const base = /extends (\w+_base)\b/.exec(text)?.[1]
  const type = base === undefined ? undefined : declarations.bases.get(base)
  return base === undefined || type === undefined ? text : text.replace(base, type)
}

const membersOf = (node: ts.Node, declarations: Declarations): ReadonlyArray<Member> =>
  (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) ? [...node.members] : [])
    .map((member) => ({
      name: member.name?.getText(declarations.source) ?? "",
      signature: textOfNode(member, declarations).replace(/;$/, ""),
      docs: docsOf(member)
    }))
    .filter(({ docs }) => docs.text !== "")

interface Declared {
  readonly name: string
  readonly node: ts.Node
}

const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const declaredBy = (statement: ts.Statement): ReadonlyArray<Declared> => {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement
    return exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map((node) => ({ name: node.name.text, node }))
      : []
  }
  if (!isExported(statement)) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => ({ name: name.getText(), node: statement }))
  }
  const named = statement.getChildren().find(ts.isIdentifier)
  return named === undefined ? [] : [{ name: named.text, node: statement }]
}

/** The comment that shows where a re-exported name comes from. */
const reExported = (node: ts.Node) => {
  const from = ts.isExportSpecifier(node) ? node.parent.parent.moduleSpecifier : undefined
  return from !== undefined && ts.isStringLiteral(from) ? `// as in ${from.text}` : undefined
}

const entryOf = (name: string, nodes: ReadonlyArray<ts.Node>, declarations: Declarations): Entry => {
  const docs = nodes.map(docsOf)
  const first = docs.find(({ text }) => text !== "") ?? docsOf(declarations.source)
  return {
    name,
    category: first.category ?? "exports",
    signatures: nodes.map((node) => {
      const from = reExported(node)
      return from === undefined ? signatureOf(node, declarations) : `${name} ${from}`
    }),
    docs: first,
    members: nodes.flatMap((node) => membersOf(node, declarations))
  }
}

const groupBy = <A>(items: ReadonlyArray<A>, key: (item: A) => string) => Record.toEntries(Array.groupBy(items, key))

const parameters = ({ params }: Docs) =>
  params.length === 0 ? [] : [params.map(([name, text]) => `- \`${name}\`: ${text.replaceAll("\n", " ")}`).join("\n")]

const renderDocs = (docs: Docs) => [
  docs.text,
  ...parameters(docs),
  ...(docs.example === undefined ? [] : [docs.example])
]

const render = ({ docs, members, name, signatures }: Entry): ReadonlyArray<string> => [
  `### ${name}`,
  `\`\`\`ts\n${signatures.join("\n")}\n\`\`\``,
  ...renderDocs(docs),
  ...members.flatMap((member) => [
    `#### ${name}.${member.name}`,
    `\`\`\`ts\n${member.signature}\n\`\`\``,
    ...renderDocs(member.docs)
  ]),
  ...(docs.since === undefined ? [] : [`<small>Since ${docs.since}</small>`])
]

/** The description of a module, from the comment at the top of its source. */
const headOf = (text: string) =>
  (/^\/\*\*\n([^]*?)\*\//.exec(text)?.[1] ?? "")
    .replaceAll(/^ \* ?/gm, "")
    .replaceAll(/^@\w+.*$/gm, "")
    .trim()

const parse = (declarations: string) => ts.createSourceFile("module.d.ts", declarations, ts.ScriptTarget.Latest, true)

/**
 * The modules that a module exports by `export *`.
 *
 * @param declarations the text of its declarations
 */
export const starExportsOf = (declarations: string): ReadonlyArray<string> =>
  parse(declarations).statements.flatMap((node) =>
    ts.isExportDeclaration(node) &&
    node.exportClause === undefined &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
      ? [node.moduleSpecifier.text]
      : []
  )

const entriesOf = (declarations: string): ReadonlyArray<Entry> => {
  const source = parse(declarations)
  const bases = new Map(
    source.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .filter(({ name }) => name.getText(source).endsWith("_base"))
      .map((node) => [
        node.name.getText(source),
        node.type === undefined ? "" : textOfNode(node.type, { source, bases: new Map() })
      ])
  )
  return groupBy(source.statements.flatMap(declaredBy), ({ name }) => name).map(([name, all]) =>
    entryOf(
      name,
      all.map(({ node }) => node),
      { source, bases }
    )
  )
}

/** Puts the constructors first, because readers look for those first. The other groups keep the order of the source. */
const constructorsFirst = <A>(groups: ReadonlyArray<readonly [category: string, group: A]>) =>
  groups.toSorted(([a], [b]) => Number(b === "constructors") - Number(a === "constructors"))

/** The input of a page. */
interface Module {
  /** The heading of its page. */
  readonly name: string
  /** The specifier that programs import, such as `@metal-otp/client/OtpsClient`. */
  readonly specifier: string
  /** Its source, which begins with its description. */
  readonly text: string
  /** Its declarations, and those that it exports from other modules. */
  readonly declarations: ReadonlyArray<string>
}

/**
 * Makes the page of a module.
 *
 * @param module the module
 */
export const pageOf = ({ declarations, name, specifier, text }: Module): string =>
  [
    "---\neditLink: false\noutline: [2, 3]\n---",
    `# ${name}`,
    `\`\`\`ts\nimport * as ${name} from "${specifier}"\n\`\`\``,
    headOf(text),
    ...constructorsFirst(groupBy(declarations.flatMap(entriesOf), ({ category }) => category)).flatMap(
      ([category, group]) =>
        [`## ${category.charAt(0).toUpperCase()}${category.slice(1)}`].concat(group.flatMap(render))
    )
  ].join("\n\n") + "\n"

/**
 * The first sentence of a module's description.
 *
 * @param text the text of its source
 */
export const summaryOf = (text: string): string => {
  const [paragraph = ""] = headOf(text).split("\n\n")
  const line = paragraph.replaceAll("\n", " ")
  return /^.*?[.:](?=\s|$)/.exec(line)?.[0].replace(/:$/, ".") ?? line
}
