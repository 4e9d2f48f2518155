/**
 * The report of a package's public API: the declarations of its public modules, and the internal declarations that these
 * name. It has no docstrings and sorts by name, so that it changes only when a signature does.
 */
import ts from "@typescript/typescript6"
import { Array, Order } from "effect"
import { dirname, join } from "node:path/posix"

interface Module {
  readonly path: string
  readonly source: ts.SourceFile
  /** The statements that declare a name. There are several for overloads, and for a type and a value of the same name. */
  readonly declared: ReadonlyMap<string, ReadonlyArray<ts.Statement>>
  /** The sources of names that the module imports from its own package. The name is `*` for a whole module. */
  readonly imported: ReadonlyMap<string, Reference>
}

interface Reference {
  readonly path: string
  readonly name: string
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

const isLocal = (specifier: string) => specifier.startsWith(".")

const resolve = (from: string, specifier: string) =>
  join(dirname(from), specifier).replace(/(?:\.d)?\.[jt]s$/, ".d.ts")

const namesOf = (statement: ts.Statement): ReadonlyArray<string> => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  const named =
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isModuleDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return named && statement.name !== undefined ? [statement.name.text] : []
}

const specifierOf = (node: ts.ImportDeclaration | ts.ExportDeclaration) =>
  node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ""

const importsOf = (path: string, statement: ts.Statement): ReadonlyArray<readonly [string, Reference]> => {
  if (!ts.isImportDeclaration(statement) || !isLocal(specifierOf(statement))) return []
  const from = resolve(path, specifierOf(statement))
  const bindings = statement.importClause?.namedBindings
  if (bindings === undefined) return []
  return ts.isNamespaceImport(bindings)
    ? [[bindings.name.text, { path: from, name: "*" }]]
    : bindings.elements.map(({ name, propertyName }) => [name.text, { path: from, name: (propertyName ?? name).text }])
}

const moduleOf = (path: string, text: string): Module => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const declared = new Map<string, Array<ts.Statement>>()
  for (const statement of source.statements) {
    for (const name of namesOf(statement)) declared.set(name, [...(declared.get(name) ?? []), statement])
  }
  return { path, source, declared, imported: new Map(source.statements.flatMap((each) => importsOf(path, each))) }
}

const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** The names that a statement re-exports from other modules of the package. */
const reExportedBy = (path: string, statement: ts.Statement): ReadonlyArray<Reference> => {
  if (!ts.isExportDeclaration(statement) || !isLocal(specifierOf(statement))) return []
  const from = resolve(path, specifierOf(statement))
  const { exportClause } = statement
  if (exportClause === undefined) return [{ path: from, name: "*" }]
  return ts.isNamedExports(exportClause)
    ? exportClause.elements.map(({ name, propertyName }) => ({ path: from, name: (propertyName ?? name).text }))
    : []
}

/** The declarations that a node names, in its own module and in others. */
const usedBy = ({ declared, imported, path }: Module, node: ts.Node): ReadonlyArray<Reference> => {
  const used: Array<Reference> = []
  const visit = (each: ts.Node): void => {
    if (ts.isQualifiedName(each) || ts.isPropertyAccessExpression(each)) {
      const [left, right] = ts.isQualifiedName(each) ? [each.left, each.right] : [each.expression, each.name]
      const module = ts.isIdentifier(left) ? imported.get(left.text) : undefined
      if (module?.name === "*") used.push({ path: module.path, name: right.text })
    }
    if (ts.isImportTypeNode(each) && ts.isLiteralTypeNode(each.argument) && ts.isStringLiteral(each.argument.literal)) {
      const { text } = each.argument.literal
      const first = each.qualifier?.getText().split(".")[0]
      if (isLocal(text) && first !== undefined) used.push({ path: resolve(path, text), name: first })
    }
    if (ts.isIdentifier(each)) {
      if (declared.has(each.text)) used.push({ path, name: each.text })
      const from = imported.get(each.text)
      if (from !== undefined && from.name !== "*") used.push(from)
    }
    ts.forEachChild(each, visit)
  }
  visit(node)
  return used
}

/**
 * Prints a declaration with the members of each union sorted. TypeScript's own order depends on the other files that it
 * builds.
 */
const printed = (statement: ts.Statement, source: ts.SourceFile): string => {
  const text = (node: ts.Node) => printer.printNode(ts.EmitHint.Unspecified, node, source)
  const { transformed } = ts.transform(statement, [
    (context) => (root) => {
      const visit = (node: ts.Node): ts.Node => {
        const visited = ts.visitEachChild(node, visit, context)
        return ts.isUnionTypeNode(visited)
          ? context.factory.updateUnionTypeNode(
              visited,
              context.factory.createNodeArray(Array.sortWith(visited.types, text, Order.String))
            )
          : visited
      }
      return ts.visitEachChild(root, visit, context)
    }
  ])
  return transformed.map(text).join("")
}

/** Sorts by name. Statements without a name, such as re-exports, come first. */
const byName = Order.mapInput(Order.String, (statement: ts.Statement) => namesOf(statement)[0] ?? "")

const isPublic = (statement: ts.Statement) =>
  ts.isExportDeclaration(statement) || ts.isExportAssignment(statement) || isExported(statement)

/** Collects declarations, and the declarations that they name, in the modules of one package. */
class Surface {
  readonly #modules = new Map<string, Module>()
  readonly #found = new Map<string, Set<ts.Statement>>()
  readonly #read: (path: string) => string

  constructor(read: (path: string) => string) {
    this.#read = read
  }

  moduleAt(path: string): Module {
    const known = this.#modules.get(path)
    if (known !== undefined) return known
    const module = moduleOf(path, this.#read(path))
    this.#modules.set(path, module)
    return module
  }

  /** Adds all exports of a module. */
  addModule(path: string): void {
    const module = this.moduleAt(path)
    for (const statement of module.source.statements.filter(isPublic)) this.#add(module, statement)
  }

  #add(module: Module, statement: ts.Statement): void {
    const found = this.#found.get(module.path) ?? new Set()
    if (found.has(statement)) return
    this.#found.set(module.path, found.add(statement))
    for (const reference of [...reExportedBy(module.path, statement), ...usedBy(module, statement)]) {
      this.#follow(reference)
    }
  }

  #follow({ name, path }: Reference): void {
    if (name === "*") return this.addModule(path)
    const module = this.moduleAt(path)
    for (const statement of module.declared.get(name) ?? []) this.#add(module, statement)
    for (const statement of module.source.statements) {
      if (reExportedBy(path, statement).some((reference) => reference.name === name)) this.#add(module, statement)
    }
  }

  get paths(): ReadonlyArray<string> {
    return [...this.#found.keys()].toSorted()
  }

  /** Prints the declarations found in a module. The sort is stable, so overloads keep their order. */
  print(path: string): string {
    const { source } = this.moduleAt(path)
    const found = source.statements.filter((statement) => this.#found.get(path)?.has(statement) === true)
    return Array.sort(found, byName).map((statement) => printed(statement, source)).join("\n")
  }
}

/**
 * Writes the report of a package.
 *
 * @param entries its public modules: their specifiers, and the files with their declarations
 * @param read returns the text of a file
 */
export const reportOf = (
  entries: ReadonlyArray<readonly [specifier: string, path: string]>,
  read: (path: string) => string
): string => {
  const surface = new Surface(read)
  for (const [, path] of entries) surface.addModule(path)
  const section = (title: string, path: string) => `## ${title}\n\n\`\`\`ts\n${surface.print(path)}\n\`\`\``
  const closed = surface.paths.filter((path) => !entries.some(([, entry]) => entry === path))
  return [
    ...entries.map(([specifier, path]) => section(specifier, path)),
    ...closed.map((path) => section(`Named above: ${path.replace(/\.d\.ts$/, "")}`, path))
  ].join("\n\n")
}
