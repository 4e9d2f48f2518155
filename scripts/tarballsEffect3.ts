/**
 * Installs the packed client for Effect 3 and the test service in an application on Effect 3, with the newest peers and
 * with the lowest. TypeScript 5.9 and 7 check the application and the packages' declarations, with the module resolution
 * of Node and of bundlers. Then it runs the application, and the tests that the docs tell people to copy. Build the
 * packages first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Path } from "effect"
import { ChildProcess } from "effect/process"

const packages = ["core", "effect3", "testing"]

/** The newest and the lowest versions that the peer dependencies allow. */
const versions: Readonly<Record<string, ReadonlyArray<string>>> = {
  newest: ["effect@3", "@effect/platform@>=0.93 <1"],
  lowest: ["effect@3.19.0", "@effect/platform@0.93.0"]
}

const tools = [
  "typescript-5@npm:typescript@~5.9",
  "typescript-7@npm:typescript@~7.0",
  "@types/node@24",
  "vitest@~3.2",
  "@effect/vitest@~0.27",
  "otpauth@9"
]

const run = Effect.fnUntraced(function* (cwd: string, command: string, ...args: ReadonlyArray<string>) {
  const { exitCode } = yield* ChildProcess.make(command, args, { cwd, stdout: "inherit", stderr: "inherit" })
  if ((yield* exitCode) !== 0) return yield* Effect.die(`failed: ${command} ${args.join(" ")}`)
})

/** A module that imports every module by its own specifier, and compares them with the index. */
const everything = (modules: ReadonlyArray<string>) => `
${modules.map((module) => `import * as ${module} from "@metal-otp/effect3/${module}"`).join("\n")}
import * as All from "@metal-otp/effect3"
const modules = { ${modules.join(", ")} }
export const same: typeof All = modules
`

/** A program to type-check and run. */
const login = `
import { FetchHttpClient } from "@effect/platform"
import { Otp, OtpsClient } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Effect, Layer, Redacted } from "effect"

await using emulator = await startEmulator()
const OtpsLive = OtpsClient.layer({ authToken: Redacted.make(emulator.authToken), baseUrl: emulator.baseUrl }).pipe(
  Layer.provide(FetchHttpClient.layer)
)
const message = Effect.gen(function*() {
  const client = yield* OtpsClient.OtpsClient
  return yield* client.findEnsureOtp(yield* Otp.make("123 456"))
}).pipe(
  Effect.catchTag("BadRequest", ({ message }) => Effect.succeed(message)),
  Effect.provide(OtpsLive)
)
if (!String(await Effect.runPromise(message)).includes("the API answered 400")) throw new Error("another message")
`

/** `skipLibCheck`, because the declarations of Vitest 3 have errors, which a compiler then reports with the tests. */
const tsconfig = (resolution: "nodenext" | "bundler", include: ReadonlyArray<string>, skipLibCheck: boolean) => ({
  compilerOptions: {
    module: resolution === "nodenext" ? "nodenext" : "esnext",
    moduleResolution: resolution,
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck,
    noEmit: true
  },
  include
})

const tryVersions = Effect.fnUntraced(function* (
  name: string,
  installed: ReadonlyArray<string>,
  tarballs: ReadonlyArray<string>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const app = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(path.join(app, "package.json"), JSON.stringify({ type: "module", private: true }))
  yield* run(app, "npm", "install", "--silent", "--no-audit", "--no-fund", ...installed, ...tools, ...tarballs)

  const files = yield* fs.readDirectory("packages/effect3/src")
  const modules = files.filter((file) => /^[A-Z]\w+\.ts$/.test(file)).map((file) => file.replace(".ts", ""))
  yield* fs.writeFileString(path.join(app, "everything.ts"), everything(modules))
  yield* fs.writeFileString(path.join(app, "login.ts"), login)
  yield* fs.copyFile("packages/effect3/test/Layers.test.ts", path.join(app, "Layers.test.ts"))

  yield* fs.copyFile("scripts/smoke/typeCheck.cjs", path.join(app, "typeCheck.cjs"))
  const writeConfig = (file: string, config: object) => fs.writeFileString(path.join(app, file), JSON.stringify(config))
  // Vitest looks for a tsconfig.json, in the folders above too.
  yield* writeConfig("tsconfig.json", tsconfig("nodenext", ["*.test.ts"], true))
  for (const resolution of ["nodenext", "bundler"] as const) {
    const programs = ["everything.ts", "login.ts"]
    yield* writeConfig("tsconfig.all.json", tsconfig(resolution, [...programs, "*.test.ts"], false))
    yield* run(app, "node", "typeCheck.cjs", path.join(app, "node_modules/typescript-5"), "tsconfig.all.json")
    yield* writeConfig("tsconfig.programs.json", tsconfig(resolution, programs, false))
    yield* writeConfig("tsconfig.tests.json", tsconfig(resolution, ["*.test.ts"], true))
    for (const file of ["tsconfig.programs.json", "tsconfig.tests.json"]) {
      yield* run(app, "node", "node_modules/typescript-7/bin/tsc", "-p", file)
    }
    yield* Console.log(`${name}: TypeScript 5.9 and 7 find no errors, with ${resolution}`)
  }
  yield* run(app, "node", "login.ts")
  yield* run(app, "npx", "vitest", "run")
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const packed = yield* fs.makeTempDirectoryScoped()
  for (const name of packages) {
    yield* run(path.join("packages", name), "npm", "pack", "--silent", "--pack-destination", packed)
  }
  const tarballs = (yield* fs.readDirectory(packed)).map((tarball) => path.join(packed, tarball))
  for (const [name, installed] of Object.entries(versions)) yield* tryVersions(name, installed, tarballs)
  yield* Console.log("the packed client for Effect 3 works in applications on Effect 3")
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
