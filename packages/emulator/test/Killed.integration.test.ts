/**
 * Tests that a killed server loses nothing. A server is killed (SIGKILL) 200 times while several users call it, and started
 * again with the same file. Then the test compares the state with the replies: an answered operation must be there as a
 * whole, and an unanswered one as a whole or not at all.
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

/** What the replies say about a user, and the call that was not answered. */
interface Expected {
  readonly name: string
  codes: ReadonlyArray<string>
  /** The OTPs that were used, the newest last. */
  readonly used: Array<string>
  /** The OTPs whose verification was killed. They may be used. */
  readonly maybeUsed: Array<string>
  /** The unused code of an SMS from before the last kill. */
  pending: string | undefined
  /** The unconfirmed seed, if it is certain that there is one. */
  seed: string | undefined
  sent: number
  /** The call that has no reply yet. */
  unanswered: { readonly operation: Operation; readonly otp?: string } | undefined
}

const newUser = (name: string): Expected => ({
  name,
  codes: [],
  used: [],
  maybeUsed: [],
  pending: undefined,
  seed: undefined,
  sent: 0,
  unanswered: undefined
})

/** Bundles the program: it starts faster than from TypeScript. */
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

const call = Effect.fnUntraced(function* (baseUrl: string, user: Expected, operation: Operation, otp = "") {
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

/** The code that an app with this seed shows. */
const codeOf = (seed: string) => {
  const key = URI.parse(seed)
  return key instanceof TOTP ? key.generate() : assert.fail("it is not the seed of a TOTP")
}

/** Chooses the next operation by a random number. */
const nextOperation = (random: number, { seed }: Expected): Operation => {
  if (random < 2) return "regenerateCodes"
  if (random < 4) return "findRecoveryCodes"
  if (random < 6) return "receiveCodes"
  if (random < 9) return "findEnsureOtp"
  return seed === undefined || random === 9 ? "seedApp" : "enableTfaApp"
}

const otpFor = (operation: Operation, { codes, pending, seed }: Expected) => {
  if (operation === "findEnsureOtp") return pending ?? codes[0]
  return operation === "enableTfaApp" && seed !== undefined ? codeOf(seed) : undefined
}

/** Calls one operation after another, until the server is killed. */
const callUntilKilled = Effect.fnUntraced(function* (
  baseUrl: string,
  user: Expected,
  answered: (operation: Operation) => void
) {
  for (;;) {
    const operation = nextOperation(yield* Random.nextIntBetween(0, 11), user)
    const otp = otpFor(operation, user)
    if (operation === "findEnsureOtp" && otp === undefined) continue
    user.unanswered = { operation, ...(otp !== undefined && { otp }) }
    const { status, text } = yield* call(baseUrl, user, operation, otp)
    assert.include([200, 204], status)
    user.unanswered = undefined
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

/** Compares the state of a user after a kill with the replies before it. */
const check = Effect.fnUntraced(function* (baseUrl: string, user: Expected, outbox: ReadonlyArray<string>) {
  const { codes, maybeUsed, unanswered, used } = user
  const found = yield* codesIn((yield* call(baseUrl, user, "findRecoveryCodes")).text)
  const isNew = found.length === 10 && found.every((code) => !codes.includes(code))
  if (unanswered?.operation !== "regenerateCodes" || !isNew) {
    const possible = [codes, codes.filter((code) => code !== unanswered?.otp)]
    assert.deepInclude(possible, found, `${user.name}, after ${unanswered?.operation}`)
  }
  user.codes = found

  const more = unanswered?.operation === "receiveCodes" ? 1 : 0
  assert.include([user.sent, user.sent + more], outbox.length)
  user.sent = outbox.length

  for (const otp of used.slice(-2)) {
    // Two SMS can have the same digits. Then the code of the newer one still works.
    if (outbox.filter((sent) => sent === otp).length > 1) continue
    assert.strictEqual((yield* call(baseUrl, user, "findEnsureOtp", otp)).status, 400, `${user.name} used ${otp}`)
  }
  // The last seed must be there. If the unanswered call was about a seed, nobody knows which one is.
  const isUncertain = unanswered?.operation === "seedApp" || unanswered?.operation === "enableTfaApp"
  const confirmed = user.seed !== undefined && !isUncertain ? codeOf(user.seed) : undefined
  if (confirmed !== undefined) {
    const { status } = yield* call(baseUrl, user, "enableTfaApp", confirmed)
    assert.strictEqual(status, 200, `${user.name}'s seed, after ${unanswered?.operation}`)
  }
  user.seed = undefined

  if (unanswered?.otp !== undefined && unanswered.operation === "findEnsureOtp") maybeUsed.push(unanswered.otp)
  const pending = outbox.at(-1)
  user.pending = pending === undefined || used.includes(pending) || maybeUsed.includes(pending) ? undefined : pending
  user.unanswered = undefined
  return { operation: unanswered?.operation, isConfirmed: confirmed !== undefined }
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
    const unansweredOperations = checked.map(({ operation }) => operation)
    const seeds = checked.filter(({ isConfirmed }) => isConfirmed).length
    confirmed += seeds
    for (const operation of operations) {
      assert.isAtLeast(counts[operation], counted[operation], operation)
      const maybe = unansweredOperations.filter((one) => one === operation).length
      assert.isAtMost(counts[operation], counted[operation] + maybe, operation)
    }
    assert.strictEqual(outbox.length, counts.receiveCodes)
    unanswered += unansweredOperations.filter((operation) => operation !== undefined).length
    // `check` has made one call for each user, and one more for each seed.
    counted = {
      ...counts,
      findRecoveryCodes: counts.findRecoveryCodes + users.length,
      enableTfaApp: counts.enableTfaApp + seeds
    }

    let repliesUntilKill = yield* Random.nextIntBetween(1, 60)
    const killing = yield* Deferred.make<void>()
    const calls = yield* Effect.forkChild(
      Effect.forEach(
        users,
        (user) =>
          Effect.catchTag(
            callUntilKilled(baseUrl, user, (operation) => {
              counted[operation]++
              repliesUntilKill--
              if (repliesUntilKill === 0) Deferred.doneUnsafe(killing, Effect.void)
            }),
            "HttpClientError",
            () => Effect.void
          ),
        { concurrency: "unbounded" }
      )
    )
    // A wrong reply fails the calls before enough are answered for the kill.
    yield* Effect.raceFirst(Deferred.await(killing), Fiber.join(calls))
    yield* kill
    yield* Fiber.join(calls)
  }
  return { unanswered, confirmed }
}, Effect.scoped)

describe("a server with its state in SQLite", () => {
  it.live(
    `keeps all that it answered, and leaves nothing half done, over ${chains * kills} kills`,
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
        // A kill between two requests proves little, so there must be more unanswered calls than kills.
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
