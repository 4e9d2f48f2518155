/** Type-checks the examples of the README, of `docs` and of the docstrings: every block of TypeScript that begins with an import. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Path } from "effect"
import { ChildProcess } from "effect/process"

const directory = "docs-examples"

const tsconfig = {
  extends: "../tsconfig.base.json",
  compilerOptions: { composite: false, declarationMap: false, noEmit: true, noUnusedLocals: false },
  include: ["."]
}

const blocks = (text: string) =>
  Array.from(text.replaceAll(/^ *\* ?/gm, "").matchAll(/```ts\n(import [^]*?)```/g), ([, code = ""]) => code)

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.remove(directory, { recursive: true, force: true })
  yield* fs.makeDirectory(directory)
  yield* fs.writeFileString(path.join(directory, "tsconfig.json"), JSON.stringify(tsconfig))

  const sources = (yield* fs.readDirectory("packages", { recursive: true })).filter((file) =>
    /^\w+\/src\/\w+\.ts$/.test(file)
  )
  const documents = (yield* fs.readDirectory("docs")).filter((file) => file.endsWith(".md"))
  const files = [
    "README.md",
    ...documents.map((file) => path.join("docs", file)),
    ...sources.map((source) => path.join("packages", source))
  ]
  let count = 0
  for (const file of files) {
    for (const [index, code] of blocks(yield* fs.readFileString(file)).entries()) {
      yield* fs.writeFileString(path.join(directory, `${file.replaceAll(/\W/g, "_")}_${index}.ts`), code)
      count++
    }
  }
  const exitCode = yield* ChildProcess.make("node", ["node_modules/typescript/bin/tsc", "-p", directory], {
    stdout: "inherit",
    stderr: "inherit"
  }).pipe(Effect.flatMap((process) => process.exitCode))
  if (exitCode !== 0) return yield* Effect.die(`some of the ${count} examples do not type-check`)
  yield* fs.remove(directory, { recursive: true })
  yield* Console.log(`${count} examples type-check`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
