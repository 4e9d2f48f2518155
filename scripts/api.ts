/**
 * Compares the API of each package, as its declarations in `dist` state it, with the report of it in `api`. A change of
 * the API has to touch that report on purpose: `--write` accepts it. Build the packages first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schema } from "effect"
import { readFileSync } from "node:fs"
import { reportOf } from "./api/report.ts"

const packages = ["core", "schema", "client", "effect3", "emulator", "testing"]

class Changed extends Data.TaggedError("Changed")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return [
      ...this.problems,
      "If that is meant, accept it: node --conditions=@metal-otp/source scripts/api.ts --write"
    ].join("\n")
  }
}

const Manifest = Schema.fromJsonString(
  Schema.Struct({ name: Schema.String, exports: Schema.Record(Schema.String, Schema.Unknown) })
)

const isTyped = Schema.is(Schema.Struct({ types: Schema.String }))

/** The public modules of a package: what a program imports, and the file with its declarations. */
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

/** The first line that differs, as a reader looks for it. */
const difference = (before: string, after: string) => {
  const [old, fresh] = [before.split("\n"), after.split("\n")]
  const at = fresh.findIndex((line, index) => line !== old[index])
  const line = at === -1 ? fresh.length : at
  return `line ${line + 1}:\n  - ${old[line] ?? ""}\n  + ${fresh[line] ?? ""}`
}

const check = Effect.fnUntraced(function* (name: string, accept: boolean) {
  const fs = yield* FileSystem.FileSystem
  const entries = yield* entriesOf(`packages/${name}`)
  const report = `# API of @metal-otp/${name}\n\n${reportOf(entries, (path) => readFileSync(path, "utf8"))}\n`
  const file = `api/${name}.md`
  if (accept) return yield* Effect.as(fs.writeFileString(file, report), [])
  const before = (yield* fs.exists(file)) ? yield* fs.readFileString(file) : ""
  return before === report ? [] : [`${file} is not what packages/${name} declares, ${difference(before, report)}`]
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory("api", { recursive: true })
  const problems = yield* Effect.forEach(packages, (name) => check(name, process.argv.includes("--write")))
  if (problems.flat().length > 0) return yield* new Changed({ problems: problems.flat() })
  yield* Console.log(`the API of ${packages.length} packages is as api/*.md reports it`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
