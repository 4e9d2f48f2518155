/**
 * Checks what people see on GitHub and npm: the README has at most 900 words, the manifest and README of each package
 * are complete, and the links in these READMEs work on npm.
 *
 * The root's `package.json` says where the project lives: `repository`, `homepage` and `bugs`. With `--write`, this
 * script copies them into the manifests of the packages, and corrects the links in their READMEs: `npm run
 * published:write`.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schema } from "effect"

const maxWords = 900

class NotPublishable extends Data.TaggedError("NotPublishable")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** Where the project lives, as the root's manifest says it. */
const Home = Schema.Struct({
  homepage: Schema.String,
  bugs: Schema.String,
  repository: Schema.Struct({ type: Schema.Literal("git"), url: Schema.String })
})
type Home = typeof Home.Type

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

/** The same fields for the manifest of a package. */
const fieldsOf = ({ bugs, homepage, repository }: Home, folder: string) => ({
  homepage,
  bugs,
  repository: { ...repository, directory: folder }
})

const webUrlOf = ({ url }: { readonly url: string }) => url.replace(/^git\+/, "").replace(/\.git$/, "")

const problemsOf = (folder: string, manifest: Manifest, readme: string, home: Home): ReadonlyArray<string> => {
  const { bugs, homepage, repository } = manifest
  const fields = JSON.stringify({ homepage, bugs, repository })
  const links = Array.from(readme.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link)
  return [
    ...(fields === JSON.stringify(fieldsOf(home, folder))
      ? []
      : ["homepage, bugs or repository differs from the root's package.json: npm run published:write"]),
    ...(manifest.keywords?.includes("otp") ? [] : ["keywords lack otp"]),
    ...(manifest.description === undefined ? ["description is missing"] : []),
    ...(manifest.license === "MIT" ? [] : ["license is not MIT"]),
    ...(manifest.publishConfig?.access === "public" ? [] : ["publishConfig.access is not public"]),
    ...(readme.startsWith(`# ${manifest.name}\n`) ? [] : ["README.md does not begin with the package's name"]),
    ...(readme.includes(`npm install ${manifest.name}`) || readme.includes(`npx ${manifest.name}`)
      ? []
      : ["README.md does not say how to install it"]),
    ...links
      .filter((link) => !link.startsWith("#") && !link.startsWith("https:"))
      .map((link) => `README.md links to ${link}, which npm can't resolve`)
  ].map((problem) => `${folder}: ${problem}`)
}

/** Writes the fields into a package's manifest, and the new addresses into its README. */
const write = Effect.fnUntraced(function* (folder: string, manifest: Manifest, home: Home) {
  const fs = yield* FileSystem.FileSystem
  const before = yield* read(`${folder}/package.json`, Schema.Record(Schema.String, Schema.Unknown))
  yield* fs.writeFileString(`${folder}/package.json`, JSON.stringify({ ...before, ...fieldsOf(home, folder) }, null, 2))

  const readme = yield* fs.readFileString(`${folder}/README.md`)
  yield* fs.writeFileString(
    `${folder}/README.md`,
    readme
      .replaceAll(webUrlOf(manifest.repository ?? home.repository), webUrlOf(home.repository))
      .replaceAll(manifest.homepage ?? home.homepage, home.homepage)
  )
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const home = yield* read("package.json", Home)
  const folders = (yield* fs.readDirectory("packages")).toSorted().map((name) => `packages/${name}`)
  const packages = (yield* Effect.forEach(folders, (folder) =>
    Effect.map(read(`${folder}/package.json`, Manifest), (manifest) => ({ folder, manifest }))
  )).filter(({ manifest }) => manifest.private !== true)

  if (process.argv.includes("--write")) {
    yield* Effect.forEach(packages, ({ folder, manifest }) => write(folder, manifest, home))
    return yield* Console.log(`wrote where the project lives into ${packages.length} packages`)
  }

  const words = (yield* fs.readFileString("README.md")).match(/\S+/g)?.length ?? 0
  const license = yield* fs.readFileString("LICENSE")
  const problems = yield* Effect.forEach(packages, ({ folder, manifest }) =>
    Effect.gen(function* () {
      const hasLicense =
        (yield* fs.exists(`${folder}/LICENSE`)) && (yield* fs.readFileString(`${folder}/LICENSE`)) === license
      const readme = yield* fs.readFileString(`${folder}/README.md`)
      return [
        ...problemsOf(folder, manifest, readme, home),
        ...(hasLicense ? [] : [`${folder}: LICENSE is missing, or differs from the root's`])
      ]
    })
  )
  const all = [
    ...(words > maxWords ? [`README.md has ${words} words, and may have ${maxWords}`] : []),
    ...problems.flat()
  ]
  if (all.length > 0) return yield* new NotPublishable({ problems: all })
  yield* Console.log(
    `README.md has ${words} words; the manifests and READMEs of ${packages.length} packages are complete`
  )
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
