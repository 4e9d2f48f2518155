/** Runs the programs in `examples` that say what they print (`// prints ...`), and compares. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

class Differs extends Data.TaggedError("Differs")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** What an example says that it prints. */
const toldBy = (text: string) => Array.from(text.matchAll(/\/\/ prints (.+)$/gm), ([, line = ""]) => line)

const check = Effect.fnUntraced(function* (file: string, told: ReadonlyArray<string>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const command = ChildProcess.make("node", ["--conditions=@metal-otp/source", file], { stderr: "inherit" })
  const printed = (yield* spawner.string(command)).trimEnd()
  return printed === told.join("\n") ? [] : [`${file} prints:\n${printed}\nand says:\n${told.join("\n")}`]
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const files = (yield* fs.readDirectory("examples"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `examples/${file}`)
  const told = yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(file), (text) => ({ file, lines: toldBy(text) }))
  )
  const telling = told.filter(({ lines }) => lines.length > 0)
  const problems = yield* Effect.forEach(telling, ({ file, lines }) => check(file, lines), { concurrency: 2 })
  if (problems.flat().length > 0) return yield* new Differs({ problems: problems.flat() })
  yield* Console.log(`${telling.length} programs in examples print what they say`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
