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
import { TOTP, URI } from "otpauth"

const chains = 4
const kills = 50
const names = ["alice", "bob", "carol", "dave"]

const operations = [
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findEnsureOtp",
  "seedApp",
  "enableTfaApp"
] as const

type Operation = (typeof operations)[number]

const Started = Schema.fromJsonString(
  Schema.Struct({
    baseUrl: Schema.String,
    outbox: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
    counts: Schema.Record(Schema.Literals(operations), Schema.Int)
  })
)

const Codes = Schema.fromJsonString(Schema.Struct({ recovery_codes: Schema.Array(Schema.String) }))

const Seed = Schema.fromJsonString(Schema.Struct({ otp_uri: Schema.String }))

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
  /** The seed that waits for its code, if that is certain. */
  seed: string | undefined
  sent: number
  asked: { readonly operation: Operation; readonly otp?: string } | undefined
}

const newUser = (name: string): Known => ({
  name,
  codes: [],
  used: [],
  unsure: [],
  pending: undefined,
  seed: undefined,
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
    findEnsureOtp: ["POST", `/user/otp/verify/${otp}`],
    seedApp: ["POST", "/user/otp/app/receive"],
    enableTfaApp: ["POST", "/user/otp/app"]
  }[operation] satisfies ReadonlyArray<string>
  const client = yield* HttpClient.HttpClient
  const request = HttpClientRequest.make(method === "GET" ? "GET" : "POST")(`${baseUrl}${path}`)
  const headers = { "X-Auth-Token": user.name, ...(operation === "enableTfaApp" && { "x-otp-token": otp }) }
  const response = yield* client.execute(HttpClientRequest.setHeaders(request, headers))
  return { status: response.status, text: yield* response.text }
})

const codesIn = (text: string) => Effect.map(Schema.decodeUnknownEffect(Codes)(text), (list) => list.recovery_codes)

/** What an app shows that has read this seed. */
const codeOf = (seed: string) => {
  const key = URI.parse(seed)
  return key instanceof TOTP ? key.generate() : assert.fail("it is no seed of a TOTP")
}

/** Which operation is next, by chance. */
const wanted = (chance: number, { seed }: Known): Operation => {
  if (chance < 2) return "regenerateCodes"
  if (chance < 4) return "findRecoveryCodes"
  if (chance < 6) return "receiveCodes"
  if (chance < 9) return "findEnsureOtp"
  return seed === undefined || chance === 9 ? "seedApp" : "enableTfaApp"
}

const otpFor = (operation: Operation, { codes, pending, seed }: Known) => {
  if (operation === "findEnsureOtp") return pending ?? codes[0]
  return operation === "enableTfaApp" && seed !== undefined ? codeOf(seed) : undefined
}

/** Asks for one thing after the other, until there is nobody to ask. */
const ask = Effect.fnUntraced(function* (baseUrl: string, user: Known, answered: (operation: Operation) => void) {
  for (;;) {
    const operation = wanted(yield* Random.nextIntBetween(0, 11), user)
    const otp = otpFor(operation, user)
    if (operation === "findEnsureOtp" && otp === undefined) continue
    user.asked = { operation, ...(otp !== undefined && { otp }) }
    const { status, text } = yield* call(baseUrl, user, operation, otp)
    assert.include([200, 204], status)
    user.asked = undefined
    answered(operation)
    if (operation === "regenerateCodes" || operation === "findRecoveryCodes") user.codes = yield* codesIn(text)
    if (operation === "receiveCodes") user.sent++
    if (operation === "seedApp") user.seed = (yield* Schema.decodeUnknownEffect(Seed)(text)).otp_uri
    if (operation === "enableTfaApp") user.seed = undefined
    if (operation !== "findEnsureOtp" || otp === undefined) continue
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
  // A seed that was given is there, and no code of another one has taken its place.
  const isUnsure = asked?.operation === "seedApp" || asked?.operation === "enableTfaApp"
  const confirmed = user.seed !== undefined && !isUnsure ? codeOf(user.seed) : undefined
  if (confirmed !== undefined) {
    const { status } = yield* call(baseUrl, user, "enableTfaApp", confirmed)
    assert.strictEqual(status, 200, `${user.name}'s seed, after ${asked?.operation}`)
  }
  user.seed = undefined

  if (asked?.otp !== undefined && asked.operation === "findEnsureOtp") unsure.push(asked.otp)
  const pending = outbox.at(-1)
  user.pending = pending === undefined || used.includes(pending) || unsure.includes(pending) ? undefined : pending
  user.asked = undefined
  return { operation: asked?.operation, isConfirmed: confirmed !== undefined }
})

const chain = Effect.fnUntraced(function* (program: string, filename: string) {
  const users = names.map(newUser)
  let counted: Record<Operation, number> = {
    findRecoveryCodes: 0,
    regenerateCodes: 0,
    receiveCodes: 0,
    findEnsureOtp: 0,
    seedApp: 0,
    enableTfaApp: 0
  }
  let confirmed = 0
  let unanswered = 0
  for (let round = 0; round <= kills; round++) {
    const { baseUrl, counts, kill, outbox } = yield* start(program, filename)
    const checked: Array<Effect.Success<ReturnType<typeof check>>> = []
    const of = (name: string) => outbox.flatMap(([user, otp]) => (user === name ? [otp] : []))
    if (round === 0) {
      for (const user of users) user.codes = yield* codesIn((yield* call(baseUrl, user, "findRecoveryCodes")).text)
    } else {
      for (const user of users) checked.push(yield* check(baseUrl, user, of(user.name)))
    }
    const open = checked.map(({ operation }) => operation)
    const seeds = checked.filter(({ isConfirmed }) => isConfirmed).length
    confirmed += seeds
    for (const operation of operations) {
      assert.isAtLeast(counts[operation], counted[operation], operation)
      const asked = open.filter((one) => one === operation).length
      assert.isAtMost(counts[operation], counted[operation] + asked, operation)
    }
    assert.strictEqual(outbox.length, counts.receiveCodes)
    unanswered += open.filter((operation) => operation !== undefined).length
    // Each user looked once, and confirmed a seed that they had, before anybody asked for anything.
    counted = {
      ...counts,
      findRecoveryCodes: counts.findRecoveryCodes + users.length,
      enableTfaApp: counts.enableTfaApp + seeds
    }

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
  return { unanswered, confirmed }
}, Effect.scoped)

describe("a server with its state in SQLite", () => {
  it.live(
    `loses nothing that it answered, and does nothing by half, over ${chains * kills} kills`,
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* fs.makeTempDirectoryScoped()
        const program = yield* bundle(directory)
        const seen = yield* Effect.forEach(
          Array.from({ length: chains }, (_, index) => join(directory, `${index}.sqlite`)),
          (filename) => chain(program, filename),
          { concurrency: "unbounded" }
        )
        // Kills between two requests would prove little.
        assert.isAbove(
          seen.reduce((sum, { unanswered }) => sum + unanswered, 0),
          chains * kills
        )
        assert.isAbove(
          seen.reduce((sum, { confirmed }) => sum + confirmed, 0),
          chains
        )
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici))),
    600_000
  )
})
