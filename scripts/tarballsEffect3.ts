/**
 * Installs the client for Effect 3 as it is published, with the test service, in an application of Effect 3: at the newest
 * versions that its peers allow, and at the lowest. The application is type-checked by TypeScript 5.9 and 7, as Node and
 * as bundlers find modules, the declarations of libraries included, and its tests are run: those that the docs tell
 * people to copy. Build the packages first.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Path } from "effect"
import { ChildProcess } from "effect/process"

const packages = ["core", "effect3", "testing"]

/** What an application has, at the ends of what is allowed. */
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

/** Every module that can be imported, by its own name, and out of the index if it is there. */
const everything = (modules: ReadonlyArray<string>) => `
${modules.map((module) => `import * as ${module} from "@metal-otp/effect3/${module}"`).join("\n")}
import * as All from "@metal-otp/effect3"
const modules = { ${modules.join(", ")} }
export const same: typeof All = modules
`

/** A program, run and type-checked. */
const login = `
import { FetchHttpClient } from "@effect/platform"
import { Otp, OtpsClient } from "@metal-otp/effect3"
import { startEmulator } from "@metal-otp/testing"
import { Effect, Layer, Redacted } from "effect"

await using emulator = await startEmulator()
const OtpsLive = OtpsClient.layer({ authToken: Redacted.make(emulator.authToken), baseUrl: emulator.baseUrl }).pipe(
  Layer.provide(FetchHttpClient.layer)
)
const said = Effect.gen(function*() {
  const client = yield* OtpsClient.OtpsClient
  return yield* client.findEnsureOtp(yield* Otp.make("123 456"))
}).pipe(
  Effect.catchTag("BadRequest", ({ message }) => Effect.succeed(message)),
  Effect.provide(OtpsLive)
)
if (!String(await Effect.runPromise(said)).includes("the API answered 400")) throw new Error("it said something else")
`

/** The declarations of vitest 3 are at odds with themselves, so they are left out where there are tests. */
const tsconfig = (resolution: "nodenext" | "bundler", hasTests: boolean) => ({
  compilerOptions: {
    module: resolution === "nodenext" ? "nodenext" : "esnext",
    moduleResolution: resolution,
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: hasTests,
    noEmit: true
  },
  include: hasTests ? ["*.test.ts"] : ["everything.ts", "login.ts"]
})

const tryOut = Effect.fnUntraced(function* (
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

  // Vitest looks for one, in the folders above too.
  yield* fs.writeFileString(path.join(app, "tsconfig.json"), JSON.stringify(tsconfig("nodenext", true)))
  for (const resolution of ["nodenext", "bundler"] as const) {
    for (const hasTests of [false, true]) {
      const file = `tsconfig.${resolution}${hasTests ? ".test" : ""}.json`
      yield* fs.writeFileString(path.join(app, file), JSON.stringify(tsconfig(resolution, hasTests)))
      for (const version of [5, 7]) yield* run(app, "node", `node_modules/typescript-${version}/bin/tsc`, "-p", file)
    }
    yield* Console.log(`${name}: TypeScript 5.9 and 7 find no fault, with ${resolution}`)
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
  for (const [name, installed] of Object.entries(versions)) yield* tryOut(name, installed, tarballs)
  yield* Console.log("The client for Effect 3 works in applications of Effect 3, from tarballs")
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
