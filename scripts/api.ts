/**
 * Compares the public API of each package, as the declarations in `dist` have it, with its report in `api`. So nobody
 * changes an API by accident. `--write` accepts a change. Build the packages first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schema } from "effect"
import { readFileSync } from "node:fs"
import { reportOf } from "./api/report.ts"

const packages = ["core", "schema", "client", "effect3", "emulator", "testing"]

class Changed extends Data.TaggedError("Changed")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return [...this.problems, "To accept the change: npm run build && npm run api -- --write"].join("\n")
  }
}

const Manifest = Schema.fromJsonString(
  Schema.Struct({ name: Schema.String, exports: Schema.Record(Schema.String, Schema.Unknown) })
)

const isTyped = Schema.is(Schema.Struct({ types: Schema.String }))

/** The public modules of a package: the specifier that a program imports, and the file with its declarations. */
const entriesOf = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const manifest = yield* Effect.flatMap(fs.readFileString(`${folder}/package.json`), Schema.decodeEffect(Manifest))
  const files = (yield* fs.readDirectory(`${folder}/dist`)).filter((file) => file.endsWith(".d.ts")).toSorted()
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    if (!isTyped(target)) return []
    const [before = "", after] = target.types.split("*")
    const module = manifest.name + path.slice(1)
    if (after === undefined) return [[module, `${folder}/${before.slice(2)}`] as const]
    return files
      .filter((file) => file !== "index.d.ts")
      .map((file) => [module.replace("*", file.slice(0, -".d.ts".length)), `${folder}/dist/${file}`] as const)
  })
})

/** The first line that differs. */
const difference = (before: string, after: string) => {
  const [old, fresh] = [before.split("\n"), after.split("\n")]
  const index = fresh.findIndex((line, index) => line !== old[index])
  // When all lines of the new report are in the old one, the old one is longer.
  const line = index === -1 ? fresh.length : index
  return `line ${line + 1}:\n  - ${old[line] ?? ""}\n  + ${fresh[line] ?? ""}`
}

const check = Effect.fnUntraced(function* (name: string, accept: boolean) {
  const fs = yield* FileSystem.FileSystem
  const entries = yield* entriesOf(`packages/${name}`)
  const report = `# API of @metal-otp/${name}\n\n${reportOf(entries, (path) => readFileSync(path, "utf8"))}\n`
  const file = `api/${name}.md`
  if (accept) return yield* Effect.as(fs.writeFileString(file, report), [])
  const before = (yield* fs.exists(file)) ? yield* fs.readFileString(file) : ""
  return before === report ? [] : [`${file} differs from what packages/${name} declares, ${difference(before, report)}`]
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory("api", { recursive: true })
  const problems = yield* Effect.forEach(packages, (name) => check(name, process.argv.includes("--write")))
  if (problems.flat().length > 0) return yield* new Changed({ problems: problems.flat() })
  yield* Console.log(`the API of ${packages.length} packages is the one in api/*.md`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
