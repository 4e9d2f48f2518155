/**
 * Checks what strangers see first: the README has at most 900 words, all packages say the same of where the project
 * lives, and the links of their READMEs work on npm.
 *
 * Where the project lives is said once, in the root's `package.json` (`repository`, `homepage`, `bugs`). With `--write`,
 * the packages are told what the root says.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schema } from "effect"

const limit = 900

class Unfit extends Data.TaggedError("Unfit")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

const Place = Schema.Struct({
  homepage: Schema.String,
  bugs: Schema.String,
  repository: Schema.Struct({ type: Schema.Literal("git"), url: Schema.String })
})
type Place = typeof Place.Type

const Manifest = Schema.Struct({
  name: Schema.String,
  private: Schema.optionalKey(Schema.Boolean),
  description: Schema.optionalKey(Schema.String),
  keywords: Schema.optionalKey(Schema.Array(Schema.String)),
  license: Schema.optionalKey(Schema.String),
  homepage: Schema.optionalKey(Schema.String),
  bugs: Schema.optionalKey(Schema.String),
  repository: Schema.optionalKey(Schema.Struct({ type: Schema.String, url: Schema.String, directory: Schema.String })),
  publishConfig: Schema.optionalKey(Schema.Struct({ access: Schema.String }))
})
type Manifest = typeof Manifest.Type

const read = <S extends Schema.Constraint>(file: string, schema: S) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.flatMap(fs.readFileString(file), Schema.decodeEffect(Schema.fromJsonString(schema)))
  )

/** What a package says of its place, by what the root says. */
const placeOf = ({ bugs, homepage, repository }: Place, folder: string) => ({
  homepage,
  bugs,
  repository: { ...repository, directory: folder }
})

const browsable = ({ repository }: Place) => repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

const problemsOf = (folder: string, manifest: Manifest, readme: string, place: Place): ReadonlyArray<string> => {
  const { bugs, homepage, repository } = manifest
  const said = JSON.stringify({ homepage, bugs, repository })
  const links = Array.from(readme.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link)
  return [
    ...(said === JSON.stringify(placeOf(place, folder))
      ? []
      : ["homepage, bugs or repository is not as the root has it"]),
    ...(manifest.keywords?.includes("otp") ? [] : ["keywords lack otp"]),
    ...(manifest.description === undefined ? ["there is no description"] : []),
    ...(manifest.license === "MIT" ? [] : ["license is not MIT"]),
    ...(manifest.publishConfig?.access === "public" ? [] : ["publishConfig does not make it public"]),
    ...(readme.startsWith(`# ${manifest.name}\n`) ? [] : ["README.md does not begin with the package's name"]),
    ...(readme.includes(`npm install ${manifest.name}`) || readme.includes(`npx ${manifest.name}`)
      ? []
      : ["README.md does not say how to install it"]),
    ...links
      .filter((link) => !link.startsWith("#") && !link.startsWith("https:"))
      .map((link) => `README.md links to ${link}, which leads nowhere on npm`)
  ].map((problem) => `${folder}: ${problem}`)
}

/** Puts what the root says into a manifest, behind its keywords, and in the place of what was said before in a README. */
const write = Effect.fnUntraced(function* (folder: string, manifest: Manifest, place: Place) {
  const fs = yield* FileSystem.FileSystem
  const file = `${folder}/package.json`
  const entries = Object.entries(
    yield* Schema.decodeEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))(
      yield* fs.readFileString(file)
    )
  )
  const told = Object.entries(placeOf(place, folder))
  const kept = entries.filter(([key]) => !told.some(([name]) => name === key))
  const at = kept.findIndex(([key]) => key === "keywords") + 1
  const written = Object.fromEntries([...kept.slice(0, at), ...told, ...kept.slice(at)])
  yield* fs.writeFileString(file, `${JSON.stringify(written, null, 2)}\n`)

  const before =
    manifest.repository === undefined
      ? undefined
      : browsable({ ...place, repository: { type: "git", url: manifest.repository.url } })
  const readme = yield* fs.readFileString(`${folder}/README.md`)
  yield* fs.writeFileString(
    `${folder}/README.md`,
    readme
      .replaceAll(before ?? browsable(place), browsable(place))
      .replaceAll(manifest.homepage ?? place.homepage, place.homepage)
  )
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const place = yield* read("package.json", Place)
  const folders = (yield* fs.readDirectory("packages")).toSorted().map((name) => `packages/${name}`)
  const packages = (yield* Effect.forEach(folders, (folder) =>
    Effect.map(read(`${folder}/package.json`, Manifest), (manifest) => ({ folder, manifest }))
  )).filter(({ manifest }) => manifest.private !== true)

  if (process.argv.includes("--write")) {
    yield* Effect.forEach(packages, ({ folder, manifest }) => write(folder, manifest, place))
    return yield* Console.log(`${packages.length} packages say what the root says`)
  }

  const words = (yield* fs.readFileString("README.md")).match(/\S+/g)?.length ?? 0
  const license = yield* fs.readFileString("LICENSE")
  const problems = yield* Effect.forEach(packages, ({ folder, manifest }) =>
    Effect.gen(function* () {
      const licensed =
        (yield* fs.exists(`${folder}/LICENSE`)) && (yield* fs.readFileString(`${folder}/LICENSE`)) === license
      const readme = yield* fs.readFileString(`${folder}/README.md`)
      return [
        ...problemsOf(folder, manifest, readme, place),
        ...(licensed ? [] : [`${folder}: LICENSE is missing, or not the root's`])
      ]
    })
  )
  const all = [...(words > limit ? [`README.md has ${words} words, and ${limit} are allowed`] : []), ...problems.flat()]
  if (all.length > 0) return yield* new Unfit({ problems: all })
  yield* Console.log(
    `README.md has ${words} words; ${packages.length} packages say where the project lives, and link there`
  )
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
