/** Installs the packages as they are published, in an empty folder, and runs the command line there. Build them first. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Path } from "effect"
import { ChildProcess } from "effect/process"

const packages = ["schema", "client", "emulator", "cli"]

const run = Effect.fnUntraced(function* (cwd: string, command: string, ...args: ReadonlyArray<string>) {
  const { exitCode } = yield* ChildProcess.make(command, args, { cwd, stdout: "inherit", stderr: "inherit" })
  if ((yield* exitCode) !== 0) return yield* Effect.die(`failed: ${command} ${args.join(" ")}`)
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const empty = yield* fs.makeTempDirectoryScoped()
  for (const name of packages)
    yield* run(path.join("packages", name), "npm", "pack", "--silent", "--pack-destination", empty)
  const tarballs = (yield* fs.readDirectory(empty)).map((tarball) => `./${tarball}`)

  yield* run(empty, "npm", "install", "--silent", "--no-audit", "--no-fund", ...tarballs)
  yield* run(empty, "npx", "metal-otp", "--version")
  yield* run(empty, "npx", "metal-otp", "demo")

  const untouched = yield* fs.makeTempDirectoryScoped()
  const parts = tarballs.flatMap((tarball) => ["-p", path.join(empty, tarball)])
  yield* run(untouched, "npx", "--yes", ...parts, "metal-otp", "--version")
  const left = yield* fs.readDirectory(untouched)
  if (left.length > 0) return yield* Effect.die(`npx left behind: ${left.join(", ")}`)
  yield* Console.log(`${packages.length} packages install and run in an empty folder`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
