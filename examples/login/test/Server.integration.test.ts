/** The site over real sockets, and the two processes of the README. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { RecoveryCodeList } from "@metal-otp/client"
import { Deferred, Effect, Exit, Fiber, FileSystem, Layer, Schedule, Scope, Stream } from "effect"
import { ChildProcess, type ChildProcessSpawner } from "effect/process"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { listening } from "../../../test/support/listening.ts"
import { Settings } from "../src/Settings.ts"
import { mocked } from "./support/Mocked.ts"
import { serving } from "./support/Serving.ts"
import { alice, password, World } from "./support/World.ts"

/** Posts a form as a browser does, and returns the cookies of the reply. */
const visit = (origin: string) => {
  let cookie = ""
  let html = ""
  const send = async (path: string, fields?: Record<string, string>, more?: Record<string, string>) => {
    const formToken = /name="formToken" value="(\w+)"/.exec(html)?.[1] ?? ""
    const response = await fetch(origin + path, {
      method: fields === undefined ? "GET" : "POST",
      headers: { cookie, origin, ...more },
      redirect: "manual",
      ...(fields === undefined ? {} : { body: new URLSearchParams({ ...fields, formToken }) })
    })
    const [sent] = response.headers.getSetCookie()
    cookie = sent?.split(";")[0] ?? cookie
    html = await response.text()
    return response
  }
  return (...parameters: Parameters<typeof send>) => Effect.promise(() => send(...parameters))
}

describe("the server", () => {
  it.live("refuses a form that is too large", () =>
    Effect.gen(function* () {
      const { origin } = yield* Settings
      const send = visit(origin)
      yield* send("/login")
      const fields = { email: alice.email, password }
      assert.strictEqual((yield* send("/login", { ...fields, more: "x".repeat(10_000) })).status, 400)
      assert.strictEqual((yield* send("/login", fields)).status, 303)
    }).pipe(Effect.provide(serving.pipe(Layer.provide([mocked({}), World]))))
  )

  it.live("replies to open requests when it stops, and accepts no new ones", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void>()
      const clients = mocked({
        findEnsureOtp: () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(answer)),
        findRecoveryCodes: () => Effect.succeed(RecoveryCodeList.make([]))
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serving.pipe(Layer.provide([clients, World])), scope)
      const { origin } = yield* Settings.pipe(Effect.provideContext(context))

      const send = visit(origin)
      yield* send("/login")
      yield* send("/login", { email: alice.email, password })
      yield* send("/second-factor")
      const underWay = yield* Effect.forkChild(send("/second-factor", { code: "123456" }))
      yield* Deferred.await(asked)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      // Until the server has begun to close.
      yield* Effect.tryPromise(() => fetch(`${origin}/health`)).pipe(
        Effect.flip,
        Effect.retry(Schedule.spaced("10 millis"))
      )
      yield* Deferred.succeed(answer, undefined)
      const response = yield* Fiber.join(underWay)
      assert.deepStrictEqual([response.status, response.headers.get("location")], [303, "/"])
      yield* Fiber.join(closing)
    })
  )
})

/** A collector that records what it receives over OTLP. */
const collecting = Effect.gen(function* () {
  const received: Array<{ readonly path: string; readonly body: string }> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      received.push({ path: request.url ?? "", body: Buffer.concat(chunks).toString() })
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  const port = yield* listening(server)
  return { received, url: `http://127.0.0.1:${port}` }
})

const freePort = Effect.scoped(Effect.suspend(() => listening(createServer())))

const start = (file: string, env: Record<string, string>) =>
  ChildProcess.make("node", ["--conditions=@metal-otp/source", file], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env,
    extendEnv: true
  })

/** The output of a process until it listens. */
const untilListening = (child: ChildProcessSpawner.ChildProcessHandle) =>
  child.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.takeUntil((line) => line.includes("Listening on")),
    Stream.runCollect,
    Effect.map((lines) => lines.join("\n"))
  )

/** Sends SIGTERM, and expects that the process ends by itself with the exit code of an interruption. */
const stop = Effect.fnUntraced(function* (child: ChildProcessSpawner.ChildProcessHandle) {
  yield* child.kill({ killSignal: "SIGTERM" })
  assert.strictEqual(yield* child.exitCode, 130)
})

describe("the process", () => {
  it.live("of npm run example:login prints a guide, signs in, and ends at SIGTERM", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const origin = `http://127.0.0.1:${port}`
      const child = yield* start("src/demo.ts", { PORT: `${port}`, PUBLIC_URL: origin })
      const guide = yield* untilListening(child)
      assert.include(guide, `Open ${origin} and sign in as alice@example.com`)
      assert.match(guide, /emulator's page: http:\/\/127\.0\.0\.1:\d+\//)

      const send = visit(origin)
      yield* send("/login")
      const response = yield* send("/login", { email: "bob@example.com", password })
      assert.deepStrictEqual([response.status, response.headers.get("location")], [303, "/"])
      yield* stop(child)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("of main.ts reads users from files, and sends spans to the collector in the environment", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const DATA_DIR = `${yield* fs.makeTempDirectoryScoped()}/users`
      const METAL_AUTH_TOKEN = "token-of-carol"
      const user = { EMAIL: "Carol@example.com", PASSWORD: password, METAL_AUTH_TOKEN, DATA_DIR }
      const added = yield* start("src/addUser.ts", user)
      assert.strictEqual(yield* added.exitCode, 0)
      assert.strictEqual((yield* fs.stat(DATA_DIR)).mode & 0o777, 0o700)

      const port = yield* freePort
      const origin = `http://127.0.0.1:${port}`
      const collector = yield* collecting
      const child = yield* start("src/main.ts", {
        PORT: `${port}`,
        PUBLIC_URL: origin,
        DATA_DIR,
        TRUSTED_PROXIES: "192.0.2.0/24,127.0.0.1/32",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "otlp"
      })
      yield* untilListening(child)
      const send = visit(origin)
      yield* send("/login")
      const response = yield* send("/login", { email: "carol@example.com", password })
      assert.deepStrictEqual([response.status, response.headers.get("location")], [303, "/"])

      // The guesses from one address do not count for another.
      yield* send("/login")
      for (let guess = 1; guess <= 50; guess++) {
        yield* send("/login", { email: "nobody@example.com", password }, { "x-forwarded-for": "198.51.100.1" })
      }
      const next = { email: "somebody@example.com", password }
      assert.strictEqual((yield* send("/login", next, { "x-forwarded-for": "198.51.100.1" })).status, 429)
      assert.strictEqual((yield* send("/login", next, { "x-forwarded-for": "198.51.100.2" })).status, 401)
      yield* stop(child)

      assert.sameMembers([...new Set(collector.received.map(({ path }) => path))], ["/v1/traces", "/v1/logs"])
      const text = collector.received.map(({ body }) => body).join("\n")
      assert.include(text, "/login")
      for (const secret of [password, METAL_AUTH_TOKEN]) assert.notInclude(text, secret)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
