/**
 * Writes the API reference to `docs/reference`: a page for each public module, from its declarations. Build the types
 * first (`npm run types`).
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Array, Console, Data, Effect, FileSystem, Path, Schema } from "effect"
import { pageOf, starExportsOf, summaryOf } from "./reference/page.ts"

const out = "docs/reference"

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    description: Schema.String,
    exports: Schema.Record(Schema.String, Schema.Unknown)
  })
)

const TsConfig = Schema.fromJsonString(Schema.Struct({ compilerOptions: Schema.Struct({ outDir: Schema.String }) }))

class NotBuilt extends Data.TaggedError("NotBuilt")<{ readonly file: string }> {
  override get message(): string {
    return `${this.file} does not exist: run npm run types first`
  }
}

/** A module that programs import. */
interface Module {
  /** The name of its page. */
  readonly name: string
  readonly specifier: string
  /** The name of its file in `src`. */
  readonly file: string
}

/** The declarations of a module, and of the modules that it exports by `export *`. */
const declarationsOf: (
  folder: string,
  file: string
) => Effect.Effect<ReadonlyArray<string>, unknown, FileSystem.FileSystem | Path.Path> = Effect.fnUntraced(
  function* (folder, file) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const tsConfig = yield* fs.readFileString(`${folder}/tsconfig.json`)
    const { compilerOptions } = yield* Schema.decodeEffect(TsConfig)(tsConfig)
    const declarations = path.join(folder, compilerOptions.outDir, `${file}.d.ts`)
    if (!(yield* fs.exists(declarations))) return yield* new NotBuilt({ file: declarations })
    const text = yield* fs.readFileString(declarations)
    const more = yield* Effect.forEach(starExportsOf(text), (specifier) => {
      const [, otherPackage, module = ""] = /^@metal-otp\/(\w+)\/(\w+)$/.exec(specifier) ?? []
      return otherPackage === undefined
        ? declarationsOf(folder, path.basename(specifier, path.extname(specifier)))
        : declarationsOf(`packages/${otherPackage}`, module)
    })
    return [text, ...Array.flatten(more)]
  }
)

/** The modules of a package: each file of `src`, or only the root of a package that exports no modules by name. */
const modulesOf = Effect.fnUntraced(function* (
  folder: string,
  { exports, name }: typeof Manifest.Type
): Effect.fn.Return<ReadonlyArray<Module>, unknown, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if ("./*" in exports) {
    const files = yield* fs.readDirectory(`${folder}/src`)
    return files
      .filter((file) => file.endsWith(".ts") && file !== "index.ts")
      .map((file) => path.basename(file, ".ts"))
      .toSorted()
      .map((file) => ({ name: file, specifier: `${name}/${file}`, file }))
  }
  return "." in exports ? [{ name: path.basename(folder), specifier: name, file: "index" }] : []
})

const writeModule = Effect.fnUntraced(function* (folder: string, { file, name, specifier }: Module) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* fs.readFileString(`${folder}/src/${file}.ts`)
  const page = pageOf({ name, specifier, text, declarations: yield* declarationsOf(folder, file) })
  yield* fs.writeFileString(path.join(out, path.basename(folder), `${name}.md`), page)
  return `| [${name}](./${path.basename(folder)}/${name}.md) | ${summaryOf(text).replaceAll("|", "\\|")} |`
})

const writePackage = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const manifest = yield* Effect.flatMap(fs.readFileString(`${folder}/package.json`), Schema.decodeEffect(Manifest))
  const modules = yield* modulesOf(folder, manifest)
  if (modules.length === 0) return { modules: 0, text: [] }
  yield* fs.makeDirectory(path.join(out, path.basename(folder)), { recursive: true })
  const rows = yield* Effect.forEach(modules, (module) => writeModule(folder, module))
  return {
    modules: rows.length,
    text: [`## ${manifest.name}`, `${manifest.description}.`, ["| module | |", "| --- | --- |", ...rows].join("\n")]
  }
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(out, { recursive: true, force: true })
  yield* fs.makeDirectory(out, { recursive: true })
  const folders = (yield* fs.readDirectory("packages")).toSorted().map((name) => `packages/${name}`)
  const packages = yield* Effect.forEach(folders, writePackage)
  const head = ["---\neditLink: false\n---", "# API reference", "One page for each module, from its docstrings."]
  const text = [...head, ...packages.flatMap(({ text }) => text)].join("\n\n")
  yield* fs.writeFileString(`${out}/index.md`, `${text}\n`)
  const modules = packages.reduce((sum, { modules }) => sum + modules, 0)
  yield* Console.log(`${modules} modules documented in ${out}`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
