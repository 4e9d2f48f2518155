/**
 * The proof that nothing is lost: a server that is killed 200 times (SIGKILL) in
 * the middle of what many ask of it, started again on the same file, and asked
 * what it still knows. What it had answered has to be there. What it had not may
 * have happened or not, but never by half.
 */
import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Random, Schema, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ChildProcess } from "effect/process"
import { build } from "esbuild"
import { join } from "node:path"

const chains = 4
const kills = 50
const names = ["alice", "bob", "carol", "dave"]

type Operation = "findRecoveryCodes" | "regenerateCodes" | "receiveCodes" | "findEnsureOtp"

const Started = Schema.fromJsonString(
  Schema.Struct({
    baseUrl: Schema.String,
    outbox: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
    counts: Schema.Record(
      Schema.Literals(["findRecoveryCodes", "regenerateCodes", "receiveCodes", "findEnsureOtp"]),
      Schema.Int
    )
  })
)

const Codes = Schema.fromJsonString(Schema.Struct({ recovery_codes: Schema.Array(Schema.String) }))

/** What a user was told, and what they asked for last without being answered. */
interface Known {
  readonly name: string
  codes: ReadonlyArray<string>
  /** The newest last. */
  readonly used: Array<string>
  /** What was asked for with a kill for an answer, so nobody knows whether it was used. */
  readonly unsure: Array<string>
  /** The code of an SMS that was sent before the last kill. */
  pending: string | undefined
  sent: number
  asked: { readonly operation: Operation; readonly otp?: string } | undefined
}

const newUser = (name: string): Known => ({
  name,
  codes: [],
  used: [],
  unsure: [],
  pending: undefined,
  sent: 0,
  asked: undefined
})

/** One file, without what a start in TypeScript costs. */
const bundle = Effect.fnUntraced(function* (directory: string) {
  yield* Effect.promise(() =>
    build({
      entryPoints: [join(import.meta.dirname, "support/serve.ts")],
      outdir: directory,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      conditions: ["@metal-otp/source"],
      outExtension: { ".js": ".mjs" },
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
      },
      logLevel: "silent"
    })
  )
  return join(directory, "serve.mjs")
})

const start = Effect.fnUntraced(function* (program: string, filename: string) {
  const server = yield* ChildProcess.make(process.execPath, ["--no-warnings", program, filename, ...names], {
    stderr: "inherit",
    env: { NODE_COMPILE_CACHE: `${program}.cache` },
    extendEnv: true
  })
  const line = yield* server.stdout.pipe(Stream.decodeText, Stream.splitLines, Stream.runHead)
  const started = yield* Schema.decodeUnknownEffect(Started)(yield* Effect.fromOption(line))
  return { ...started, kill: server.kill({ killSignal: "SIGKILL" }) }
})

const call = Effect.fnUntraced(function* (baseUrl: string, user: Known, operation: Operation, otp = "") {
  const [method, path] = {
    findRecoveryCodes: ["GET", "/user/otp/recovery-codes"],
    regenerateCodes: ["POST", "/user/otp/recovery-codes"],
    receiveCodes: ["POST", "/user/otp/sms/receive"],
    findEnsureOtp: ["POST", `/user/otp/verify/${otp}`]
  }[operation] satisfies ReadonlyArray<string>
  const client = yield* HttpClient.HttpClient
  const request = HttpClientRequest.make(method === "GET" ? "GET" : "POST")(`${baseUrl}${path}`)
  const response = yield* client.execute(HttpClientRequest.setHeader(request, "X-Auth-Token", user.name))
  return { status: response.status, text: yield* response.text }
})

const codesIn = (text: string) => Effect.map(Schema.decodeUnknownEffect(Codes)(text), (list) => list.recovery_codes)

/** Asks for one thing after the other, until there is nobody to ask. */
const ask = Effect.fnUntraced(function* (baseUrl: string, user: Known, answered: (operation: Operation) => void) {
  for (;;) {
    const chance = yield* Random.nextIntBetween(0, 9)
    const operation =
      chance < 2 ? "regenerateCodes" : chance < 4 ? "findRecoveryCodes" : chance < 6 ? "receiveCodes" : "findEnsureOtp"
    const otp = operation === "findEnsureOtp" ? (user.pending ?? user.codes[0]) : undefined
    if (operation === "findEnsureOtp" && otp === undefined) continue
    user.asked = { operation, ...(otp !== undefined && { otp }) }
    const { status, text } = yield* call(baseUrl, user, operation, otp)
    assert.include([200, 204], status)
    user.asked = undefined
    answered(operation)
    if (operation === "regenerateCodes" || operation === "findRecoveryCodes") user.codes = yield* codesIn(text)
    if (operation === "receiveCodes") user.sent++
    if (otp === undefined) continue
    user.used.push(otp)
    user.codes = user.codes.filter((code) => code !== otp)
    user.pending = undefined
  }
})

/** What the server knows of a user after a kill, against what the user was told before it. */
const check = Effect.fnUntraced(function* (baseUrl: string, user: Known, outbox: ReadonlyArray<string>) {
  const { asked, codes, unsure, used } = user
  const found = yield* codesIn((yield* call(baseUrl, user, "findRecoveryCodes")).text)
  const isNew = found.length === 10 && found.every((code) => !codes.includes(code))
  if (asked?.operation !== "regenerateCodes" || !isNew) {
    const possible = [codes, codes.filter((code) => code !== asked?.otp)]
    assert.deepInclude(possible, found, `${user.name}, after ${asked?.operation}`)
  }
  user.codes = found

  const more = asked?.operation === "receiveCodes" ? 1 : 0
  assert.include([user.sent, user.sent + more], outbox.length)
  user.sent = outbox.length

  for (const otp of used.slice(-2)) {
    // The digits of an SMS can come again, and are new then.
    if (outbox.filter((sent) => sent === otp).length > 1) continue
    assert.strictEqual((yield* call(baseUrl, user, "findEnsureOtp", otp)).status, 400, `${user.name} used ${otp}`)
  }
  if (asked?.otp !== undefined) unsure.push(asked.otp)
  const pending = outbox.at(-1)
  user.pending = pending === undefined || used.includes(pending) || unsure.includes(pending) ? undefined : pending
  user.asked = undefined
  return asked?.operation
})

const chain = Effect.fnUntraced(function* (program: string, filename: string) {
  const users = names.map(newUser)
  let counted: Record<Operation, number> = {
    findRecoveryCodes: 0,
    regenerateCodes: 0,
    receiveCodes: 0,
    findEnsureOtp: 0
  }
  let unanswered = 0
  for (let round = 0; round <= kills; round++) {
    const { baseUrl, counts, kill, outbox } = yield* start(program, filename)
    const open: Array<Operation | undefined> = []
    const of = (name: string) => outbox.flatMap(([user, otp]) => (user === name ? [otp] : []))
    if (round === 0) {
      for (const user of users) user.codes = yield* codesIn((yield* call(baseUrl, user, "findRecoveryCodes")).text)
    } else {
      for (const user of users) open.push(yield* check(baseUrl, user, of(user.name)))
    }
    for (const operation of ["findRecoveryCodes", "regenerateCodes", "receiveCodes", "findEnsureOtp"] as const) {
      assert.isAtLeast(counts[operation], counted[operation], operation)
      const asked = open.filter((one) => one === operation).length
      assert.isAtMost(counts[operation], counted[operation] + asked, operation)
    }
    assert.strictEqual(outbox.length, counts.receiveCodes)
    unanswered += open.filter((operation) => operation !== undefined).length
    // Each user looked once, before anybody asked for anything.
    counted = { ...counts, findRecoveryCodes: counts.findRecoveryCodes + users.length }

    let left = yield* Random.nextIntBetween(1, 60)
    const killing = yield* Deferred.make<void>()
    const asking = yield* Effect.forkChild(
      Effect.forEach(
        users,
        (user) =>
          Effect.catchTag(
            ask(baseUrl, user, (operation) => {
              counted[operation]++
              left--
              if (left === 0) Deferred.doneUnsafe(killing, Effect.void)
            }),
            "HttpClientError",
            () => Effect.void
          ),
        { concurrency: "unbounded" }
      )
    )
    // An answer that should not be ends the asking before there is anybody to kill for it.
    yield* Effect.raceFirst(Deferred.await(killing), Fiber.join(asking))
    yield* kill
    yield* Fiber.join(asking)
  }
  return unanswered
}, Effect.scoped)

describe("a server with its state in SQLite", () => {
  it.live(
    `loses nothing that it answered, and does nothing by half, over ${chains * kills} kills`,
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* fs.makeTempDirectoryScoped()
        const program = yield* bundle(directory)
        const unanswered = yield* Effect.forEach(
          Array.from({ length: chains }, (_, index) => join(directory, `${index}.sqlite`)),
          (filename) => chain(program, filename),
          { concurrency: "unbounded" }
        )
        // Kills between two requests would prove little.
        assert.isAbove(
          unanswered.reduce((sum, one) => sum + one, 0),
          chains * kills
        )
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici))),
    600_000
  )
})
