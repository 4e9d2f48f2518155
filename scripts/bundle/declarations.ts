/** Copies declarations for a bundled package, whose users have none of the packages that the bundle includes. */
import ts from "@typescript/typescript6"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path/posix"

/** A module: its package, and its path in that package. */
interface Module {
  readonly name: string
  readonly path: string
}

const moduleOf = (specifier: string, { name, path }: Module): Module => {
  if (specifier.startsWith(".")) return { name, path: join(dirname(path), specifier.replace(/\.ts$/, "")) }
  const [, inlined, module] = /^@metal-otp\/(\w+)\/(\w+)$/.exec(specifier) ?? []
  if (inlined !== undefined && module !== undefined) return { name: inlined, path: module }
  throw new Error(`${name}/${path}.d.ts imports ${specifier}, which is not installed with the bundle`)
}

/**
 * Copies the declarations of some modules, and all that these import, into one folder for each package. Throws when they
 * import a package that is not this project's. Returns the files that it copied.
 *
 * @param name the package
 * @param entries its modules
 * @param from returns the folder with the declarations of a package
 * @param into the folder to write to
 */
export const copyDeclarations = (
  name: string,
  entries: ReadonlyArray<string>,
  from: (name: string) => string,
  into: string
): ReadonlyArray<string> => {
  const left: Array<Module> = entries.map((path) => ({ name, path }))
  const copied = new Map<string, string>()
  for (let module = left.pop(); module !== undefined; module = left.pop()) {
    const file = join(module.name, `${module.path}.d.ts`)
    if (copied.has(file)) continue
    const source = join(from(module.name), `${module.path}.d.ts`)
    copied.set(file, source)
    let text = readFileSync(source, "utf8").replace(/\n?\/\/# sourceMappingURL=.*/, "")
    for (const { fileName, pos } of ts.preProcessFile(text).importedFiles.toReversed()) {
      const named = moduleOf(fileName, module)
      left.push(named)
      const path = relative(dirname(file), join(named.name, `${named.path}.js`))
      // `pos` is the position of the opening quote.
      const start = pos + 1
      text = text.slice(0, start) + (path.startsWith(".") ? path : `./${path}`) + text.slice(start + fileName.length)
    }
    mkdirSync(dirname(join(into, file)), { recursive: true })
    writeFileSync(join(into, file), text)
  }
  return [...copied.values()]
}
