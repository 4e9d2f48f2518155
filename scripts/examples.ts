/**
 * Checks the code blocks in the READMEs, `docs`, SECURITY.md and the docstrings. It type-checks and runs the TypeScript,
 * and compares values with `// =>` and printed lines with `// prints`. It parses settings in YAML, and looks up the
 * commands in shell blocks.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Emulator, EmulatorConfig, EmulatorServer } from "@metal-otp/emulator"
import { Cause, ConfigProvider, Console, Data, Effect, FileSystem, Layer, Path, Redacted } from "effect"
import { ChildProcess } from "effect/process"
import { type Block, blocksOf, exampleOf } from "./examples/blocks.ts"
import * as Commands from "./examples/commands.ts"
import { run, type RunTop } from "./examples/run.ts"
import { runTop as runOnEffect3 } from "../packages/effect3/test/support/examples.ts"

/** A folder for the modules of examples. They import the version of Effect that is installed above it. */
interface Place {
  readonly directory: string
  /** The relative path from there to the repository's root. */
  readonly root: string
  readonly runTop?: RunTop
}

const effect4: Place = { directory: "docs-examples", root: ".." }

const effect3: Place = { directory: "packages/effect3/docs-examples", root: "../../..", runTop: runOnEffect3 }

const placeOf = ({ file }: Block) => (/^(?:packages\/effect3\/|docs\/effect-3\.md$)/.test(file) ? effect3 : effect4)

const tsconfigOf = ({ root }: Place) => ({
  extends: `${root}/tsconfig.base.json`,
  compilerOptions: { composite: false, declarationMap: false, noEmit: true, noUnusedLocals: false, types: ["node"] },
  include: ["."]
})

/** Examples that need Redis or a test runner: these are only type-checked. */
const notRunnable = /\bNodeRedis\b|from "(?:@effect\/)?vitest/

class Failed extends Data.TaggedError("Failed")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n\n")
  }
}

const positionOf = ({ file, line }: Block) => `${file}:${line}`

const hasExamples = (file: string) =>
  !file.startsWith("docs/reference/") &&
  /^(?:README|SECURITY|docs\/[\w/-]+|packages\/\w+\/README)\.md$|^packages\/\w+\/src\/[\w/]+\.ts$/.test(file)

const readBlocks = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folders = yield* Effect.forEach(["docs", "packages"], (folder) =>
    Effect.map(fs.readDirectory(folder, { recursive: true }), (files) => files.map((file) => `${folder}/${file}`))
  )
  const files = ["README.md", "SECURITY.md", ...folders.flat()].filter(hasExamples)
  const blocks = yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(file), (text) => blocksOf(file, text))
  )
  return blocks.flat()
})

const typeCheck = ({ directory }: Place) =>
  ChildProcess.make("node", ["node_modules/typescript/bin/tsc", "-p", directory], {
    stdout: "inherit",
    stderr: "inherit"
  }).pipe(
    Effect.flatMap((process) => process.exitCode),
    Effect.filterOrFail(
      (code) => code === 0,
      () => new Failed({ problems: [`examples in ${directory} have type errors`] })
    )
  )

/**
 * The emulator for examples that read settings from the environment. Its own settings don't come from there: the
 * environment is read once, and `prepareSurroundings` changes it later.
 */
const ServerLive = EmulatorServer.layer().pipe(
  Layer.provide(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] })),
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({})))
)

const key = "0123456789abcdef".repeat(4)

/** Sets the environment of the examples, and changes to a temporary folder with their settings file. */
const prepareSurroundings = Effect.fnUntraced(function* (settings: string) {
  const fs = yield* FileSystem.FileSystem
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${folder}/emulator.yaml`, settings)
  Object.assign(process.env, {
    METAL_API_URL: baseUrl,
    METAL_AUTH_TOKEN: "my-token",
    OTP_TOKEN: "my-token",
    EMULATOR_KEY: key,
    METAL_EMULATOR_KEY: key
  })
  const before = process.cwd()
  yield* Effect.acquireRelease(
    Effect.sync(() => process.chdir(folder)),
    () => Effect.sync(() => process.chdir(before))
  )
})

/** The failure of a check, with the block's position. */
const problemOf = <E, R>(block: Block, self: Effect.Effect<unknown, E, R>) =>
  self.pipe(
    Effect.sandbox,
    Effect.match({
      onSuccess: () => [],
      onFailure: (cause) => [`${positionOf(block)}: ${Cause.pretty(cause)}`]
    })
  )

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const place of [effect4, effect3]) {
    const { directory } = place
    yield* fs.remove(directory, { recursive: true, force: true })
    yield* fs.makeDirectory(directory)
    yield* fs.writeFileString(path.join(directory, "tsconfig.json"), JSON.stringify(tsconfigOf(place)))
  }

  const root = path.resolve(".")
  const blocks = yield* readBlocks
  const blocksIn = (language: string) => blocks.filter((block) => block.language === language)
  const examples = blocksIn("ts").map((block) => {
    const place = placeOf(block)
    const module = path.resolve(place.directory, `${positionOf(block).replaceAll(/\W/g, "_")}.ts`)
    return { block, module, place, example: exampleOf(block, place.root) }
  })
  yield* Effect.forEach(examples, ({ example, module }) => fs.writeFileString(module, example.code))
  yield* Effect.forEach([effect4, effect3], typeCheck)

  const [settings] = blocksIn("yaml")
  yield* prepareSurroundings(settings?.code ?? "")
  const runnable = examples.filter(({ block }) => !notRunnable.test(block.code))
  const problems = (yield* Effect.all([
    Effect.forEach(runnable, ({ block, example, module, place }) =>
      problemOf(block, run(module, example, place.runTop))
    ),
    Effect.forEach(blocksIn("yaml"), (block) => problemOf(block, EmulatorConfig.parse(block.code))),
    Effect.forEach(blocksIn("sh"), (block) => problemOf(block, Commands.check(block.code)))
  ])).flat(2)
  if (problems.length > 0) return yield* new Failed({ problems })

  for (const { directory } of [effect4, effect3]) yield* fs.remove(path.join(root, directory), { recursive: true })
  const expectations = examples.reduce(
    (sum, { example }) => sum + example.comparisons.length + example.prints.length,
    0
  )
  yield* Console.log(
    `${examples.length} examples type-check; ${runnable.length} of them run, with ${expectations} values and lines as expected; ` +
      `${blocksIn("yaml").length} settings files parse, and ${blocksIn("sh").length} blocks use commands that exist`
  )
})

program.pipe(Effect.scoped, Effect.provide([NodeServices.layer, ServerLive]), NodeRuntime.runMain)
