/** The servers to compare: the emulator, and alternatives. */
import { Data, Effect, FileSystem, Path, Schema, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { spawn } from "node:child_process"
import { createServer, get } from "node:http"
import { codes, token } from "../Scenario.ts"

/** A server that can be started. */
export interface Server {
  readonly label: string
  /** The script for Node, and its arguments. */
  readonly command: (port: number) => ReadonlyArray<string>
  /** The path of the recovery codes. */
  readonly path: string
}

export const Id = Schema.Literals(["ours", "constant", "prism", "jsonServer", "nodeHttp"])

export type Id = typeof Id.Type

const apiPath = "/user/otp/recovery-codes"

const root = Effect.map(Path.Path, (path) => path.join(import.meta.dirname, "../../.."))

/** The benchmark installs the alternatives itself, because they take 79 MB. */
const alternatives = { "@stoplight/prism-cli": "~5.16.0", "json-server": "~0.17.4" }

class NotInstalled extends Data.TaggedError("NotInstalled")<{ readonly code: number }> {
  override get message(): string {
    return `npm could not install ${Object.keys(alternatives).join(" and ")}: its exit code is ${this.code}`
  }
}

const Package = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** Installs the alternatives into a folder, with an OpenAPI document and data. Returns their versions. */
const prepare = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(folder, { recursive: true })
  yield* fs.writeFileString(
    path.join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: alternatives })
  )
  const install = yield* ChildProcess.make(
    "npm",
    ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
    { stdout: "ignore", stderr: "inherit" }
  )
  const code = yield* install.exitCode
  if (code !== 0) return yield* new NotInstalled({ code })
  const openapi = yield* ChildProcess.make("node", [
    "--conditions=@metal-otp/source",
    path.join(yield* root, "scripts/openapi.ts")
  ])
  yield* fs.writeFileString(
    path.join(folder, "openapi.json"),
    yield* openapi.stdout.pipe(Stream.decodeText, Stream.mkString)
  )
  yield* fs.writeFileString(path.join(folder, "db.json"), JSON.stringify({ codes: { recovery_codes: codes } }))
  return yield* Effect.forEach(Object.keys(alternatives), (name) =>
    fs.readFileString(path.join(folder, "node_modules", name, "package.json")).pipe(
      Effect.flatMap(Schema.decodeEffect(Package)),
      Effect.map(({ version }) => [name, version] as const)
    )
  )
}, Effect.scoped)

/** All servers. */
export const servers = Effect.gen(function* () {
  const path = yield* Path.Path
  const repository = yield* root
  const folder = path.join(repository, "node_modules/.cache/bench-service")
  const versions = Object.fromEntries(yield* prepare(folder))
  const installed = (module: string) => path.join(folder, "node_modules", module)
  const host = "127.0.0.1"
  const all: Record<Id, Server> = {
    ours: {
      label: "metal-otp emulator",
      command: (port) => [
        path.join(repository, "packages/cli/dist/bin.js"),
        "emulator",
        "--user",
        token,
        "--port",
        String(port)
      ],
      path: `/metal/v1${apiPath}`
    },
    constant: {
      label: "the same HttpApi, constant handlers",
      command: (port) => [path.join(import.meta.dirname, "Constant.ts"), String(port)],
      path: apiPath
    },
    prism: {
      label: "Prism, mocking the API's text",
      command: (port) => [
        installed("@stoplight/prism-cli/dist/index.js"),
        "mock",
        "--verboseLevel",
        "silent",
        "--host",
        host,
        "--port",
        String(port),
        path.join(folder, "openapi.json")
      ],
      path: apiPath
    },
    jsonServer: {
      label: "json-server",
      command: (port) => [
        installed("json-server/lib/cli/bin.js"),
        "--quiet",
        "--host",
        host,
        "--port",
        String(port),
        path.join(folder, "db.json")
      ],
      path: "/codes"
    },
    nodeHttp: {
      label: "node:http, by hand",
      command: (port) => [path.join(import.meta.dirname, "../Server.ts"), String(port)],
      path: apiPath
    }
  }
  return { all, versions }
})

/** A server did not answer in time. */
class NotReady extends Data.TaggedError("NotReady")<{ readonly server: string }> {
  override get message(): string {
    return `${this.server} did not reply within a minute`
  }
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = address !== null && typeof address !== "string" ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const isReady = (url: string) =>
  Effect.callback<boolean>((resume) => {
    const request = get(url, { agent: false, headers: { "x-auth-token": token } }, (response) => {
      response.resume().once("end", () => resume(Effect.succeed(response.statusCode === 200)))
    }).once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => request.destroy())
  })

/** A running server. */
interface Running {
  readonly url: URL
  /** Milliseconds from its start to its first right reply. */
  readonly readyAfter: number
}

/** Starts a server while the scope lasts. */
export const start = Effect.fnUntraced(function* ({ command, label, path }: Server) {
  const port = yield* freePort
  const url = new URL(path, `http://127.0.0.1:${port}`)
  const begin = performance.now()
  yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [...command(port)], { stdio: "ignore" })),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )
  const ready = isReady(url.href).pipe(
    Effect.flatMap((ready) => (ready ? Effect.succeed(true) : Effect.as(Effect.sleep("2 millis"), false))),
    Effect.repeat({ until: (ready) => ready })
  )
  yield* Effect.timeoutOrElse(ready, {
    duration: "1 minute",
    orElse: () => new NotReady({ server: label })
  })
  return { url, readyAfter: performance.now() - begin } satisfies Running
})
