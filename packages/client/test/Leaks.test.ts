/**
 * Nothing secret gets out: canaries as token, OTP and recovery codes, every
 * operation through every failure, and every sink searched in every encoding.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, EmulatorServer, Faults } from "@metal-otp/emulator"
import { type Operation, type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import {
  Array,
  Cause,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
  Redacted,
  References,
  Result,
  Schedule,
  Struct
} from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { canaries, found } from "./support/Canaries.ts"
import { transportError } from "./support/Failing.ts"
import { operations } from "./support/operations.ts"
import { recordSpans } from "./support/Spans.ts"

const authToken = Redacted.make(canaries.token)
const otp = Redacted.make(canaries.otp)

type Answer = Parameters<typeof HttpClient.make>[0]

const respond =
  (status: number, body: string | null, headers?: Record<string, string>): Answer =>
  (request) =>
    Effect.succeed(
      HttpClientResponse.fromWeb(
        request,
        new Response(body, { status, headers: { "content-type": "application/json", ...headers } })
      )
    )

const everything = Object.values(canaries).join(" ")
const codes = JSON.stringify({ recovery_codes: [canaries.code] })

const echoes = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret),
  JSON.stringify(JSON.stringify(secret)),
  new URLSearchParams({ q: secret }).toString(),
  ...["", "a", "ab"].map((before) => btoa(`${before}${secret}!`)),
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64url")
]

/** Says back what came in, in all its forms, three to a message. */
const echo =
  (status: number): Answer =>
  (request, url, ...rest) => {
    const sent = url.pathname.includes("/verify/") ? [canaries.token, canaries.otp] : [canaries.token]
    const [error, ...errors] = Array.chunksOf(sent.flatMap(echoes), 3).map((said) => said.join(" "))
    assert.isAtMost(errors.length, 10)
    const headers = { "retry-after": "1", "x-echo": encodeURIComponent(everything) }
    return respond(status, JSON.stringify({ error, errors }), headers)(request, url, ...rest)
  }

/** Replies and failures that do their worst: they hold or echo every secret, wherever they can. */
const worst: Readonly<Record<string, Answer>> = {
  "a list of codes": respond(200, codes),
  "a list that is cut off": respond(200, codes.slice(0, -3)),
  "a list with a number": respond(200, JSON.stringify({ recovery_codes: [canaries.code, 1] })),
  "codes as HTML": respond(200, codes, { "content-type": "text/html" }),
  "codes under an error": respond(503, codes),
  nothing: respond(204, null),
  "a redirect with secrets": respond(302, null, { location: `https://evil.example/${encodeURIComponent(everything)}` }),
  ...Object.fromEntries([400, 401, 404, 418, 422, 429, 500].map((status) => [`${status} that echoes`, echo(status)])),
  "a refused connection": (request) => transportError(request, "ECONNREFUSED"),
  "a lost connection": (request) => transportError(request, "ECONNRESET"),
  "an error that holds everything": (request) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({
          request,
          cause: Object.assign(new Error(everything, { cause: request }), { code: canaries.token, request }),
          description: everything
        })
      })
    ),
  "a defect that holds everything": (request) => Effect.die(Object.assign(new Error(everything), { request })),
  "a throw": () => {
    throw new Error(everything)
  },
  "a hang": () => Effect.never,
  "a body that breaks": (request) =>
    Effect.succeed(
      HttpClientResponse.fromWeb(
        request,
        new Response(new ReadableStream({ start: (controller) => controller.error(new Error(everything)) }), {
          headers: { "content-type": "application/json" }
        })
      )
    )
}

const call = (
  client: OtpsClient.Service,
  operation: Operation.Operation
): Effect.Effect<unknown, OtpsError.OtpsError> =>
  operation === "findEnsureOtp" ? client.findEnsureOtp(otp) : client[operation]()

const inspections = (value: unknown): ReadonlyArray<string> =>
  [true, false].flatMap((customInspect) =>
    [true, false].map((showHidden) =>
      inspect(value, { depth: Infinity, showHidden, customInspect, getters: true, maxStringLength: null })
    )
  )

/** Own and inherited properties, symbols included, as text. */
const properties = (value: object): string => {
  const keys: Array<PropertyKey> = []
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    keys.push(...Reflect.ownKeys(at))
  }
  return keys
    .map((key) => {
      const got = Result.try({ try: (): unknown => Reflect.get(value, key, value), catch: () => "unreadable" })
      return `${String(key)}: ${inspect(got, { depth: 5 })}`
    })
    .join("\n")
}

const texts = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => {
  const all = [String(exit), JSON.stringify(exit), ...inspections(exit)]
  if (Exit.isSuccess(exit)) return all
  all.push(Cause.pretty(exit.cause), String(exit.cause), JSON.stringify(exit.cause))
  for (const error of exit.cause.reasons.flatMap((reason) => (reason._tag === "Fail" ? [reason.error] : []))) {
    all.push(String(error), `${error}`, JSON.stringify(error), ...inspections(error))
    if (error instanceof Error) all.push(error.message, error.stack ?? "", inspect(error.cause), properties(error))
  }
  return all
}

/** Logs in all of effect's formats, kept as text. */
const recordLogs = () => {
  const lines: Array<string> = []
  const keep = <A>(logger: Logger.Logger<unknown, A>) =>
    Logger.map(logger, (line) => {
      lines.push(typeof line === "string" ? line : inspect(line, { depth: Infinity }))
    })
  const layer = Logger.layer([
    keep(Logger.formatSimple),
    keep(Logger.formatLogFmt),
    keep(Logger.formatJson),
    keep(Logger.formatStructured)
  ])
  return { lines, logged: Effect.provide(layer) }
}

/** Runs a call with everything recorded, and gives all that anybody could get to see of it. */
const observe = Effect.fnUntraced(function* (self: Effect.Effect<unknown, unknown>, drive: Effect.Effect<void>) {
  const { spans, traced } = recordSpans()
  const { lines, logged } = recordLogs()
  const fiber = yield* self.pipe(
    Effect.tapCause((cause) => Effect.logError("the call failed", cause)),
    Effect.tap((value) => Effect.logInfo("the call succeeded", value)),
    Effect.exit,
    Effect.withSpan("caller"),
    traced,
    logged,
    Effect.provideService(References.MinimumLogLevel, "Trace"),
    Effect.forkChild
  )
  yield* drive
  const exit = yield* Fiber.join(fiber)
  const metrics = yield* Metric.snapshot
  return { exit, texts: [...texts(exit), ...spans.flatMap(inspections), ...lines, ...inspections(metrics)] }
})

const assertNothing = (texts: ReadonlyArray<string>, what: string) => {
  assert.isAbove(texts.join("").length, 100)
  for (const text of texts) assert.deepStrictEqual(found(text), [], `${what}: ${text.slice(0, 500)}`)
}

describe("leaks", () => {
  describe.each(Object.keys(worst))("%s", (name) => {
    it.effect.each(operations)("shows nothing of %s", (operation) =>
      Effect.gen(function* () {
        const answer = worst[name]
        if (answer === undefined) return assert.fail("no such answer")
        const client = yield* OtpsClient.make({
          authToken,
          baseUrl: "https://api.example/metal/v1",
          retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(1))
        }).pipe(Effect.provideService(HttpClient.HttpClient, HttpClient.make(answer)))
        const { texts } = yield* observe(call(client, operation), TestClock.adjust("1 minute"))
        assertNothing(texts, name)
      })
    )
  })

  it.effect("nor does a call that is interrupted, or a token or an OTP that can't be sent", () =>
    Effect.gen(function* () {
      const client = yield* OtpsClient.make({ authToken }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.make(() => Effect.never)
        )
      )
      for (const operation of operations) {
        const interrupted = Effect.raceFirst(call(client, operation), Effect.sleep("1 second"))
        assertNothing((yield* observe(interrupted, TestClock.adjust("2 seconds"))).texts, "interrupted")
        const self = Effect.andThen(Effect.yieldNow, Effect.interrupt)
        assertNothing(
          (yield* observe(Effect.all([call(client, operation), self], { concurrency: 2 }), Effect.void)).texts,
          "interrupted"
        )
      }
      for (const bad of [`${canaries.otp}\n`, ` ${canaries.otp}`, canaries.otp.repeat(9), `${canaries.otp}é`]) {
        assertNothing((yield* observe(client.findEnsureOtp(Redacted.make(bad)), Effect.void)).texts, "bad OTP")
        const made = OtpsClient.make({ authToken: Redacted.make(`${canaries.token}\n${bad}`) }).pipe(
          Effect.provideService(
            HttpClient.HttpClient,
            HttpClient.make(() => Effect.never)
          )
        )
        assertNothing((yield* observe(made, Effect.void)).texts, "bad token")
      }
    })
  )

  const faults: ReadonlyArray<Faults.Rule> = [
    { fault: { _tag: "Reset" }, when: "after" },
    { fault: { _tag: "ResetInBody" }, when: "after" },
    { fault: { _tag: "Truncated" }, when: "after" },
    { fault: { _tag: "Foreign", contentType: "text/html", body: everything }, when: "after" },
    { fault: { _tag: "Status", status: 500, body: JSON.stringify({ error: canaries.token }) }, when: "after" },
    { fault: { _tag: "Refuse" } }
  ]

  const transports = {
    "in memory": EmulatorHttpClient.layer,
    fetch: NodeHttpClient.layerFetch,
    undici: NodeHttpClient.layerUndici,
    "node:http": NodeHttpClient.layerNodeHttp
  }

  it.live.each(Struct.keys(transports))(
    "nor does anything between it and the emulator, over %s, with faults and without",
    (transport) =>
      Effect.gen(function* () {
        const service = yield* Faults.Faults
        const emulator = yield* Emulator.Emulator
        const http = yield* HttpClient.HttpClient
        const client = yield* OtpsClient.make({
          authToken,
          retryPolicy: RetryPolicy.none,
          ...(transport !== "in memory" && { baseUrl: (yield* EmulatorServer.EmulatorServer).baseUrl })
        }).pipe(Effect.provideService(HttpClient.HttpClient, http))
        for (const rule of [undefined, ...faults]) {
          yield* service.set(rule === undefined ? [] : [rule])
          for (const operation of operations) {
            const { texts } = yield* observe(call(client, operation), Effect.void)
            const now = yield* emulator.recoveryCodes(authToken)
            assertNothing(texts, `${operation} under ${rule?.fault._tag}`)
            for (const code of now) for (const text of texts) assert.notInclude(text, Redacted.value(code))
          }
        }
      }).pipe(
        Effect.provide(
          Layer.merge(transports[transport], EmulatorServer.layer()).pipe(
            Layer.provideMerge(Layer.merge(Emulator.layer({ users: [{ authToken }] }), Faults.layer()))
          )
        )
      )
  )

  it("the search finds what does leak", () => {
    const list = RecoveryCodeList.unredact(RecoveryCodeList.redact({ recovery_codes: [canaries.code] }))
    const leaks = [
      inspect(list),
      JSON.stringify({ deep: JSON.stringify(list) }),
      `https://api.example/verify/${encodeURIComponent(canaries.otp)}`,
      Buffer.from(`token: ${canaries.code}!`).toString("base64"),
      `x-auth-token: ${canaries.token}`,
      new URLSearchParams({ q: canaries.otp }).toString(),
      Buffer.from(canaries.otp).toString("hex")
    ]
    for (const leak of leaks) assert.isNotEmpty(found(leak), leak)
    assert.deepStrictEqual(found("nothing to see"), [])
  })
})
