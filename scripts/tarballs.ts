/**
 * Installs the packed packages in empty folders and runs them: all together, the command line alone, and the test service
 * alone and beside Effect 3. The last two include their dependencies. Build the packages first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer, Option, Path, Schema, Stream } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { ChildProcess } from "effect/process"

const packages = ["core", "schema", "client", "emulator", "cli", "testing"]

const run = Effect.fnUntraced(function* (cwd: string, command: string, ...args: ReadonlyArray<string>) {
  const { exitCode } = yield* ChildProcess.make(command, args, { cwd, stdout: "inherit", stderr: "inherit" })
  if ((yield* exitCode) !== 0) return yield* Effect.die(`failed: ${command} ${args.join(" ")}`)
})

/** Starts the emulator, and requests its page, whose files are beside the bundle. */
const checkPage = Effect.fnUntraced(function* (cwd: string) {
  const emulator = yield* ChildProcess.make("npx", ["metal-otp", "emulator", "-o", "json"], { cwd, stderr: "inherit" })
  const output = yield* emulator.stdout.pipe(
    Stream.decodeText,
    Stream.scan(
      () => "",
      (before, text) => before + text
    ),
    Stream.filter((text) => text.endsWith("}\n")),
    Stream.runHead
  )
  const { page_url } = yield* Schema.decodeEffect(Started)(Option.getOrElse(output, () => ""))
  for (const path of ["", "assets/page.css", "assets/page.js", "assets/icon.svg", "docs"]) {
    const { status } = yield* HttpClient.get(page_url + path)
    if (status !== 200) return yield* Effect.die(`the emulator replies to /${path} with ${status}`)
  }
})

/** A program that starts an emulator as a test does, and requests an operation and its page. */
const test = `
import { startEmulator } from "@metal-otp/testing"
import { connectEmulator } from "@metal-otp/testing/client"
await using emulator = await startEmulator()
const headers = { "X-Auth-Token": emulator.authToken }
const statuses = [
  await fetch(emulator.baseUrl + "/user/otp/sms/receive", { method: "POST", headers }),
  await fetch(emulator.pageUrl + "assets/page.js"),
  await fetch(emulator.pageUrl + "docs")
].map(({ status }) => status)
if (statuses.join() !== "204,200,200") throw new Error("the emulator replies with " + statuses)
if (connectEmulator(emulator.url).baseUrl !== emulator.baseUrl) throw new Error("connectEmulator has another baseUrl")
`

/** Installs the test service beside other packages, and runs the program. Returns the names of the installed packages. */
const testBeside = Effect.fnUntraced(function* (tarballs: ReadonlyArray<string>, ...others: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped()
  const service = tarballs.filter((tarball) => path.basename(tarball).startsWith("metal-otp-testing-"))
  yield* run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", ...others, ...service)
  yield* fs.writeFileString(path.join(folder, "test.mjs"), test)
  yield* run(folder, "node", "test.mjs")
  return (yield* fs.readDirectory(path.join(folder, "node_modules"))).filter((name) => !name.startsWith("."))
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
  if (installed.join() !== "@metal-otp") return yield* Effect.die(`the command line installs ${installed.join(", ")}`)
  yield* run(alone, "npx", "metal-otp", "demo")
  yield* Effect.scoped(checkPage(alone))

  const withTests = yield* testBeside(tarballs)
  if (withTests.join() !== "@metal-otp") return yield* Effect.die(`the test service installs ${withTests.join(", ")}`)
  yield* testBeside(tarballs, "effect@^3.19", "@effect/platform@>=0.93 <1")

  const untouched = yield* fs.makeTempDirectoryScoped()
  yield* run(untouched, "npx", "--yes", ...cli.flatMap((tarball) => ["-p", tarball]), "metal-otp", "--version")
  const left = yield* fs.readDirectory(untouched)
  if (left.length > 0) return yield* Effect.die(`npx left behind: ${left.join(", ")}`)
  yield* Console.log(
    `${packages.length} packages install and run together, and the command line and the test service do alone`
  )
})

program.pipe(Effect.scoped, Effect.provide(Layer.merge(NodeServices.layer, FetchHttpClient.layer)), NodeRuntime.runMain)
