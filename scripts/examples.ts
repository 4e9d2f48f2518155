/**
 * Checks the examples of the README, of `docs`, of the packages' READMEs and of the docstrings: all blocks of TypeScript
 * are type-checked in one program and run, with the values behind `// =>` and the lines behind `// prints` compared.
 * Settings in YAML are parsed, and commands are looked up.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Emulator, EmulatorConfig, EmulatorServer } from "@metal-otp/emulator"
import { Cause, ConfigProvider, Console, Data, Effect, FileSystem, Layer, Path, Redacted } from "effect"
import { ChildProcess } from "effect/process"
import { type Block, blocksOf, exampleOf } from "./examples/blocks.ts"
import * as Commands from "./examples/commands.ts"
import { run, type RunTop } from "./examples/run.ts"
import { runTop as runOnEffect3 } from "../packages/effect3/test/support/examples.ts"

/** Where examples are written to: a module finds the version of Effect that is installed above it. */
interface Place {
  readonly directory: string
  /** The way to the root from there. */
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

/** What is not on every machine, or runs in a test runner only: such examples are only type-checked. */
const elsewhere = /\bNodeRedis\b|from "(?:@effect\/)?vitest/

class Wrong extends Data.TaggedError("Wrong")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n\n")
  }
}

const at = ({ file, line }: Block) => `${file}:${line}`

const isShown = (file: string) =>
  !file.startsWith("docs/reference/") &&
  /^(?:README|SECURITY|docs\/[\w/-]+|packages\/\w+\/README)\.md$|^packages\/\w+\/src\/[\w/]+\.ts$/.test(file)

/** All blocks, in all places that show any. */
const readBlocks = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folders = yield* Effect.forEach(["docs", "packages"], (folder) =>
    Effect.map(fs.readDirectory(folder, { recursive: true }), (files) => files.map((file) => `${folder}/${file}`))
  )
  const files = ["README.md", "SECURITY.md", ...folders.flat()].filter(isShown)
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
      () => new Wrong({ problems: [`some examples in ${directory} do not type-check`] })
    )
  )

/**
 * Where the examples with settings from the environment go. It does not read that itself: it is not set yet, and is read
 * once.
 */
const ServerLive = EmulatorServer.layer().pipe(
  Layer.provide(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] })),
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({})))
)

const key = "0123456789abcdef".repeat(4)

/** A folder of their own for what the examples read and write, and their environment. */
const surround = Effect.fnUntraced(function* (settings: string) {
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

/** What goes wrong, with where it does. */
const problemOf = <E, R>(block: Block, self: Effect.Effect<unknown, E, R>) =>
  self.pipe(
    Effect.sandbox,
    Effect.match({
      onSuccess: () => [],
      onFailure: (cause) => [`${at(block)}: ${Cause.pretty(cause)}`]
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
  const of = (language: string) => blocks.filter((block) => block.language === language)
  const examples = of("ts").map((block) => {
    const place = placeOf(block)
    const module = path.resolve(place.directory, `${at(block).replaceAll(/\W/g, "_")}.ts`)
    return { block, module, place, example: exampleOf(block, place.root) }
  })
  yield* Effect.forEach(examples, ({ example, module }) => fs.writeFileString(module, example.code))
  yield* Effect.forEach([effect4, effect3], typeCheck)

  const [settings] = of("yaml")
  yield* surround(settings?.code ?? "")
  const runnable = examples.filter(({ block }) => !elsewhere.test(block.code))
  const problems = (yield* Effect.all([
    Effect.forEach(runnable, ({ block, example, module, place }) =>
      problemOf(block, run(module, example, place.runTop))
    ),
    Effect.forEach(of("yaml"), (block) => problemOf(block, EmulatorConfig.parse(block.code))),
    Effect.forEach(of("sh"), (block) => problemOf(block, Commands.check(block.code)))
  ])).flat(2)
  if (problems.length > 0) return yield* new Wrong({ problems })

  for (const { directory } of [effect4, effect3]) yield* fs.remove(path.join(root, directory), { recursive: true })
  const told = examples.reduce((sum, { example }) => sum + example.comparisons.length + example.prints.length, 0)
  yield* Console.log(
    `${examples.length} examples type-check, and ${runnable.length} run and show the ${told} values and lines that they tell; ` +
      `${of("yaml").length} settings and ${of("sh").length} blocks of commands are known`
  )
})

program.pipe(Effect.scoped, Effect.provide([NodeServices.layer, ServerLive]), NodeRuntime.runMain)
