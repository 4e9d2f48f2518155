/**
 * Runs each program in `examples` and `packages/effect3/examples` that has `// prints` comments, and compares them with
 * its output. A program that needs Redis gets its own server, or does not run without a `redis-server`.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Schedule } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

class Differs extends Data.TaggedError("Differs")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** The lines that an example says it prints. */
const expectedOf = (text: string) => Array.from(text.matchAll(/\/\/ prints (.+)$/gm), ([, line = ""]) => line)

const needsRedis = (text: string) => text.includes("REDIS_SOCKET")

/** Starts a Redis while the scope lasts. Returns its socket, or `undefined` without a `redis-server`. */
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

const check = Effect.fnUntraced(function* (file: string, lines: ReadonlyArray<string>, env: Record<string, string>) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const command = ChildProcess.make("node", ["--conditions=@metal-otp/source", file], {
    env,
    extendEnv: true,
    stderr: "inherit"
  })
  const printed = (yield* spawner.string(command)).trimEnd()
  const expected = lines.join("\n")
  return printed === expected ? [] : [`${file} prints:\n${printed}\nbut its comments say:\n${expected}`]
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const found = yield* Effect.forEach(["examples", "packages/effect3/examples"], (folder) =>
    Effect.map(fs.readDirectory(folder), (names) => names.map((name) => `${folder}/${name}`))
  )
  const files = found.flat().filter((file) => file.endsWith(".ts"))
  const examples = (yield* Effect.forEach(files, (file) =>
    Effect.map(fs.readFileString(file), (text) => ({ file, lines: expectedOf(text), redis: needsRedis(text) }))
  )).filter(({ lines }) => lines.length > 0)
  const socket = yield* startRedis
  const runnable = examples.filter(({ redis }) => socket !== undefined || !redis)
  const skipped = examples.filter((example) => !runnable.includes(example)).map(({ file }) => file)
  const env: Record<string, string> = socket === undefined ? {} : { REDIS_SOCKET: socket }
  const problems = yield* Effect.forEach(runnable, ({ file, lines }) => check(file, lines, env), { concurrency: 2 })
  if (problems.flat().length > 0) return yield* new Differs({ problems: problems.flat() })
  yield* Console.log(`${runnable.length} programs in examples print what their comments say`)
  if (skipped.length > 0) yield* Console.log(`not run, because there is no redis-server: ${skipped.join(", ")}`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
