/**
 * Writes the API reference to `docs/reference`: a page for each public module, from its declarations in `dist`. Build the
 * types first (`npm run types`).
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Path, Schema } from "effect"
import { pageOf, summaryOf } from "./reference/page.ts"

const out = "docs/reference"

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    description: Schema.String,
    exports: Schema.Record(Schema.String, Schema.Unknown)
  })
)

class NotBuilt extends Data.TaggedError("NotBuilt")<{ readonly file: string }> {
  override get message(): string {
    return `there is no ${this.file}: run npm run types first`
  }
}

/** The modules that a program can import by themselves. */
const modulesOf = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(`${folder}/src`)
  return files
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => file.slice(0, -".ts".length))
    .toSorted()
})

const writeModule = Effect.fnUntraced(function* (folder: string, packageName: string, module: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const declarations = `${folder}/dist/${module}.d.ts`
  if (!(yield* fs.exists(declarations))) return yield* new NotBuilt({ file: declarations })
  const text = yield* fs.readFileString(`${folder}/src/${module}.ts`)
  const page = pageOf(`${packageName}/${module}`, text, yield* fs.readFileString(declarations))
  yield* fs.writeFileString(path.join(out, path.basename(folder), `${module}.md`), page)
  return `| [${module}](./${path.basename(folder)}/${module}.md) | ${summaryOf(text).replaceAll("|", "\\|")} |`
})

const writePackage = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const manifest = yield* Effect.flatMap(fs.readFileString(`${folder}/package.json`), Schema.decodeEffect(Manifest))
  // A package that exports no modules, such as the command line, has no reference.
  if (!("./*" in manifest.exports)) return { modules: 0, text: [] }
  yield* fs.makeDirectory(path.join(out, path.basename(folder)), { recursive: true })
  const rows = yield* Effect.forEach(yield* modulesOf(folder), (module) => writeModule(folder, manifest.name, module))
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
  const head = ["---\neditLink: false\n---", "# API reference", "A page for each module, made from its docstrings."]
  const text = [...head, ...packages.flatMap(({ text }) => text)].join("\n\n")
  yield* fs.writeFileString(`${out}/index.md`, `${text}\n`)
  const modules = packages.reduce((sum, { modules }) => sum + modules, 0)
  yield* Console.log(`${modules} modules documented in ${out}`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
