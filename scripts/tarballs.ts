/**
 * Installs the packages as they are published, in empty folders: all of them
 * together, and the command line alone, which brings all that it uses. Build them
 * first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer, Option, Path, Schema, Stream } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { ChildProcess } from "effect/process"

const packages = ["core", "schema", "client", "emulator", "cli"]

const run = Effect.fnUntraced(function* (cwd: string, command: string, ...args: ReadonlyArray<string>) {
  const { exitCode } = yield* ChildProcess.make(command, args, { cwd, stdout: "inherit", stderr: "inherit" })
  if ((yield* exitCode) !== 0) return yield* Effect.die(`failed: ${command} ${args.join(" ")}`)
})

/** The page is not in the chunks, but beside them. */
const showsPage = Effect.fnUntraced(function* (cwd: string) {
  const emulator = yield* ChildProcess.make("npx", ["metal-otp", "emulator", "-o", "json"], { cwd, stderr: "inherit" })
  const said = yield* emulator.stdout.pipe(
    Stream.decodeText,
    Stream.scan(
      () => "",
      (before, text) => before + text
    ),
    Stream.filter((text) => text.endsWith("}\n")),
    Stream.runHead
  )
  const { page_url } = yield* Schema.decodeEffect(Started)(Option.getOrElse(said, () => ""))
  for (const path of ["", "assets/page.css", "assets/page.js", "assets/icon.svg", "docs"]) {
    const { status } = yield* HttpClient.get(page_url + path)
    if (status !== 200) return yield* Effect.die(`the emulator answers /${path} with ${status}`)
  }
})

const Started = Schema.fromJsonString(Schema.Struct({ page_url: Schema.String }))

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const packed = yield* fs.makeTempDirectoryScoped()
  for (const name of packages)
    yield* run(path.join("packages", name), "npm", "pack", "--silent", "--pack-destination", packed)
  const tarballs = (yield* fs.readDirectory(packed)).map((tarball) => path.join(packed, tarball))

  const together = yield* fs.makeTempDirectoryScoped()
  yield* run(together, "npm", "install", "--silent", "--no-audit", "--no-fund", ...tarballs)
  yield* run(together, "npx", "metal-otp", "--version")

  const cli = tarballs.filter((tarball) => path.basename(tarball).startsWith("metal-otp-cli-"))
  const alone = yield* fs.makeTempDirectoryScoped()
  yield* run(alone, "npm", "install", "--silent", "--no-audit", "--no-fund", ...cli)
  const installed = (yield* fs.readDirectory(path.join(alone, "node_modules"))).filter((name) => !name.startsWith("."))
  if (installed.join() !== "@metal-otp") return yield* Effect.die(`the command line needs ${installed.join(", ")}`)
  yield* run(alone, "npx", "metal-otp", "demo")
  yield* Effect.scoped(showsPage(alone))

  const untouched = yield* fs.makeTempDirectoryScoped()
  yield* run(untouched, "npx", "--yes", ...cli.flatMap((tarball) => ["-p", tarball]), "metal-otp", "--version")
  const left = yield* fs.readDirectory(untouched)
  if (left.length > 0) return yield* Effect.die(`npx left behind: ${left.join(", ")}`)
  yield* Console.log(`${packages.length} packages install together, and the command line alone, and it runs`)
})

program.pipe(Effect.scoped, Effect.provide(Layer.merge(NodeServices.layer, FetchHttpClient.layer)), NodeRuntime.runMain)
