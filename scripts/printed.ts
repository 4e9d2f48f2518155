/**
 * Runs the programs in `examples`, and those for Effect 3, that say what they print (`// prints ...`), and compares. What shares its state through
 * Redis runs beside a Redis of its own, where there is one.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schedule } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

class Differs extends Data.TaggedError("Differs")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** What an example says that it prints. */
const toldBy = (text: string) => Array.from(text.matchAll(/\/\/ prints (.+)$/gm), ([, line = ""]) => line)

const needsRedis = (text: string) => text.includes("REDIS_SOCKET")

/** The socket of a Redis of its own, or nothing if there is none to start. */
const startRedis = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const socket = `${yield* fs.makeTempDirectoryScoped()}/redis.sock`
  const started = yield* ChildProcess.make("redis-server", ["--port", "0", "--unixsocket", socket, "--save", ""]).pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false)
  )
  if (!started) return undefined
  yield* fs.exists(socket).pipe(
    Effect.filterOrFail((exists) => exists),
    Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 200 })))
  )
  return socket
})

const check = Effect.fnUntraced(function* (file: string, told: ReadonlyArray<string>, env: Record<string, string>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const command = ChildProcess.make("node", ["--conditions=@metal-otp/source", file], {
    env,
    extendEnv: true,
    stderr: "inherit"
  })
  const printed = (yield* spawner.string(command)).trimEnd()
  return printed === told.join("\n") ? [] : [`${file} prints:\n${printed}\nand says:\n${told.join("\n")}`]
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const found = yield* Effect.forEach(["examples", "packages/effect3/examples"], (folder) =>
    Effect.map(fs.readDirectory(folder), (names) => names.map((name) => `${folder}/${name}`))
  )
  const files = found.flat().filter((file) => file.endsWith(".ts"))
  const told = yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(file), (text) => ({ file, lines: toldBy(text), shared: needsRedis(text) }))
  )
  const socket = yield* startRedis
  const telling = told.filter(({ lines, shared }) => lines.length > 0 && (socket !== undefined || !shared))
  const env: Record<string, string> = socket === undefined ? {} : { REDIS_SOCKET: socket }
  const problems = yield* Effect.forEach(telling, ({ file, lines }) => check(file, lines, env), { concurrency: 2 })
  if (problems.flat().length > 0) return yield* new Differs({ problems: problems.flat() })
  const left = socket === undefined ? "; not run, for want of a redis-server: shared-limits.ts" : ""
  yield* Console.log(`${telling.length} programs in examples print what they say${left}`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
