/** The client of promises: its operations, failures, settings, signals, timeouts and end. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { isOtpsFailure, makeOtps, makeOtpsForUsers, type OtpsFailure, retryAfter } from "@metal-otp/client/promise"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { InvalidSetting, OtpsError } from "@metal-otp/schema"
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, vi } from "vitest"
import { serving } from "../../../test/support/Serving.ts"
import { canaries } from "./support/Canaries.ts"
import { fields } from "./support/fields.ts"
import { authToken, call as effectCall, clientOf, operations, token } from "./support/operations.ts"
import { call, done, advanceUntilSettled, failure, hang, rejected, scripted } from "./support/Promised.ts"

const baseUrl = "https://api.example/metal/v1"

const thrown = (make: () => unknown): unknown => {
  try {
    make()
  } catch (error) {
    return error
  }
  return assert.fail("nothing was thrown")
}

describe("operations as promises", () => {
  it.effect("take and give plain strings, against the emulator", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { baseUrl } = yield* EmulatorServer.EmulatorServer
      const otps = makeOtps({ baseUrl, authToken: token })
      const wait = <A>(make: () => Promise<A>) => Effect.promise(make)

      const codes = yield* wait(() => otps.findRecoveryCodes())
      const held = (yield* emulator.recoveryCodes(authToken)).map(Redacted.value)
      assert.deepStrictEqual(codes, held)
      assert.isUndefined(yield* wait(() => otps.receiveCodes()))
      const [sms] = yield* emulator.outbox
      const typed = sms === undefined ? assert.fail("no SMS") : Redacted.value(sms.otp)
      assert.isUndefined(yield* wait(() => otps.findEnsureOtp(`${typed.slice(0, 3)} ${typed.slice(3)}`)))
      const again = yield* wait(() => failure(otps.findEnsureOtp(typed)))
      assert.deepInclude(fields(again), { _tag: "BadRequest", status: 400, outcome: "NotApplied" })

      const fresh = yield* wait(() => otps.regenerateCodes())
      assert.lengthOf(fresh, 10)
      assert.notDeepEqual(fresh, codes)
      const now = (yield* emulator.recoveryCodes(authToken)).map(Redacted.value)
      assert.deepStrictEqual(yield* wait(() => otps.confirmRegenerateCodes(codes)), { outcome: "Applied", codes: now })
      assert.deepStrictEqual(yield* wait(() => otps.confirmRegenerateCodes(fresh)), {
        outcome: "NotApplied",
        codes: now
      })
      const confirmed = yield* wait(() => otps.regenerateCodesConfirmed())
      assert.deepStrictEqual(confirmed, {
        outcome: "Applied",
        codes: (yield* emulator.recoveryCodes(authToken)).map(Redacted.value)
      })
      yield* wait(() => otps.findEnsureOtp(confirmed.codes[0] ?? ""))
    }).pipe(Effect.provide(serving({ users: [{ authToken }] })))
  )

  it("of each user send the user's token", async () => {
    const { fetch, sent } = scripted(done)
    const users = makeOtpsForUsers({ baseUrl, fetch })
    await users.forUser("alice").receiveCodes()
    await users.forUser("bob").findEnsureOtp("123456")
    assert.deepStrictEqual(
      sent.map(({ token, url }) => [token, url]),
      [
        ["alice", `${baseUrl}/user/otp/sms/receive`],
        ["bob", `${baseUrl}/user/otp/verify/123456`]
      ]
    )
    for (const bad of ["", " alice", "alice\n", undefined, 1]) {
      const error = thrown(() => Reflect.apply(users.forUser, users, [bad]))
      assert.instanceOf(error, InvalidSetting.InvalidSetting)
      assert.strictEqual(error.setting, "authToken")
    }
    assert.lengthOf(sent, 2)
  })

  it("use the global fetch at the time of the call", async () => {
    const otps = makeOtps({ baseUrl, authToken: token })
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(done()))
    try {
      await otps.receiveCodes()
      assert.strictEqual(spy.mock.calls.length, 1)
    } finally {
      spy.mockRestore()
    }
  })

  it("use the fetch settings of the client", async () => {
    const inits: Array<RequestInit | undefined> = []
    const fetch: typeof globalThis.fetch = (_, init) => {
      inits.push(init)
      return Promise.resolve(done())
    }
    await makeOtps({ baseUrl, authToken: token, fetch }).receiveCodes()
    assert.deepInclude(inits[0], {
      redirect: "manual",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store"
    })
  })
})

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers })

const codes = '{"recovery_codes":["a1"]}'

const failing: Readonly<Record<string, () => Response | Promise<Response>>> = {
  ...Object.fromEntries(
    [302, 400, 401, 404, 408, 418, 422, 429, 500, 503].map((status) => [
      String(status),
      () => json(status, { error: "no", errors: ["never"] }, { "x-request-id": "r-1", "retry-after": "7" })
    ])
  ),
  "HTML for success": () => new Response("<p>", { headers: { "content-type": "text/html" } }),
  "a list cut off": () => new Response(codes.slice(0, -2), { headers: { "content-type": "application/json" } }),
  "a list too large": () => json(200, { recovery_codes: ["x".repeat(100_000)] }),
  "a refused connection": () =>
    Promise.reject(
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("no"), { code: "ECONNREFUSED", syscall: "connect" })
      })
    ),
  "a lost connection": () =>
    Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNRESET" }) })),
  "an error of no kind": () => Promise.reject(new Error("no")),
  "a throw": () => {
    throw new Error("no")
  }
}

describe.each(Object.entries(failing))("%s", (_, answer) => {
  it.effect.each(operations)("rejects %s with the failure of the Effect client", (operation) =>
    Effect.gen(function* () {
      const { fetch, otps } = scripted(answer, { retries: 0 })
      const client = yield* clientOf({ baseUrl, authToken, retryPolicy: RetryPolicy.none }).pipe(
        Effect.provide(Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch)))
      )
      const expected = yield* Effect.option(Effect.flip(effectCall[operation](client)))
      if (expected._tag === "None") return
      const error = yield* Effect.promise(() => failure(call[operation](otps)))
      assert.instanceOf(error, Error)
      assert.isTrue(OtpsError.is(error))
      assert.deepStrictEqual(fields(error), fields(expected.value))
      assert.strictEqual(error.message, expected.value.message)
      assert.strictEqual(retryAfter(error), "retryAfter" in expected.value ? 7000 : undefined)
    })
  )
})

describe("invalid settings", () => {
  const bad: ReadonlyArray<readonly [setting: string, value: unknown]> = [
    ["baseUrl", undefined],
    ["baseUrl", 5],
    ["baseUrl", canaries.query],
    ["baseUrl", `https://${encodeURIComponent(canaries.user)}@api.example`],
    ["baseUrl", `http://api.example/${encodeURIComponent(canaries.query)}`],
    ["authToken", undefined],
    ["authToken", ""],
    ["authToken", 5],
    ["authToken", `${canaries.token}\n`],
    ["timeout", 0],
    ["timeout", -1],
    ["timeout", Number.NaN],
    ["timeout", canaries.query],
    ["retries", -1],
    ["retries", 1.5],
    ["retries", Number.POSITIVE_INFINITY],
    ["retries", canaries.query],
    ["fetch", canaries.query],
    ["maxBodySize", 0],
    ["userAgent", `${canaries.query}\n`]
  ]

  it.each(bad)("%s: %j", (setting, value) => {
    const error = thrown(() => Reflect.apply(makeOtps, undefined, [{ baseUrl, authToken: token, [setting]: value }]))
    assert.instanceOf(error, InvalidSetting.InvalidSetting)
    assert.isTrue(isOtpsFailure(error))
    assert.strictEqual(error.setting, setting)
    assert.match(error.message, new RegExp(`^${setting}: `))
    assert.strictEqual(error.outcome, "NotApplied")
    assert.notMatch(`${error.stack} ${JSON.stringify(error)}`, /cAnArY/i)
    if (setting === "authToken") return
    const ofUsers = thrown(() => Reflect.apply(makeOtpsForUsers, undefined, [{ baseUrl, [setting]: value }]))
    assert.deepStrictEqual(fields(Object(ofUsers)), fields(error))
  })

  it("do not include an infinite timeout and no retries", async () => {
    const { otps, sent } = scripted(done, { timeout: Number.POSITIVE_INFINITY, retries: 0 })
    await otps.receiveCodes()
    assert.lengthOf(sent, 1)
  })
})

describe("invalid options and OTPs reject, and nothing is sent", () => {
  it.each([
    ["timeout", 0],
    ["timeout", "soon"],
    ["retries", -1],
    ["retries", "many"],
    ["signal", "now"]
  ] as const)("%s: %j", async (option, value) => {
    const { otps, sent } = scripted(done)
    const calls = [otps.receiveCodes, otps.findRecoveryCodes, otps.regenerateCodes, otps.regenerateCodesConfirmed]
    const made = calls.map((call): Promise<unknown> => Reflect.apply(call, otps, [{ [option]: value }]))
    for (const error of await Promise.all(made.map(failure))) {
      assert.deepInclude(fields(error), {
        _tag: "CallRejected",
        reason: "InvalidOption",
        option,
        outcome: "NotApplied"
      })
    }
    assert.isEmpty(sent)
  })

  it.each([
    ["", "Empty"],
    ["..", "DotSegment"],
    ["1\u0000", "NotPrintable"],
    [undefined, "Empty"],
    [123456, "Empty"]
  ])("an OTP: %j", async (bad, reason) => {
    const { otps, sent } = scripted(done)
    const error = await failure(Reflect.apply(otps.findEnsureOtp, otps, [bad]))
    assert.deepInclude(fields(error), { _tag: "InvalidOtp", reason, outcome: "NotApplied" })
    assert.isEmpty(sent)
  })
})

describe("a function for the token", () => {
  it("is called once for each call", async () => {
    let asked = 0
    const { otps, sent } = scripted(done, { authToken: () => `token-${++asked}` })
    await otps.receiveCodes()
    await otps.receiveCodes()
    assert.deepStrictEqual(
      sent.map(({ token }) => token),
      ["token-1", "token-2"]
    )
  })

  it("may be async", async () => {
    const { otps, sent } = scripted(done, { authToken: async () => "later" })
    await otps.receiveCodes()
    assert.strictEqual(sent[0]?.token, "later")
  })

  it.each([
    [
      "throws",
      () => {
        throw new Error(canaries.token)
      }
    ],
    ["rejects", () => Promise.reject(new Error(canaries.token))],
    ["gives an empty token", () => Promise.resolve("")],
    ["gives an invalid token", () => `${canaries.token}\n`]
  ])("that %s rejects the call without its message", async (_, authToken) => {
    const { otps, sent } = scripted(done, { authToken })
    const error = await failure(otps.receiveCodes())
    assert.deepInclude(fields(error), { _tag: "CallRejected", reason: "TokenUnavailable", outcome: "NotApplied" })
    assert.notMatch(`${error.stack} ${JSON.stringify(error)}`, /cAnArY/i)
    assert.isEmpty(sent)
  })
})

describe("an AbortSignal", () => {
  it("that is already aborted rejects with its reason, and nothing is sent", async () => {
    const { otps, sent } = scripted(done)
    const reason = new Error("enough")
    const calls = operations.map((operation) => call[operation](otps, { signal: AbortSignal.abort(reason) }))
    for (const error of await Promise.all(calls.map(rejected))) assert.strictEqual(error, reason)
    assert.isEmpty(sent)
  })

  it.each(operations)("ends %s and its request with its reason", async (operation) => {
    const { otps, sent } = scripted(hang)
    const controller = new AbortController()
    const promise = rejected(call[operation](otps, { signal: controller.signal }))
    await vi.waitUntil(() => sent.length === 1)
    assert.isFalse(sent[0]?.signal.aborted)
    controller.abort()
    const error = await promise
    assert.strictEqual(error, controller.signal.reason)
    assert.instanceOf(error, DOMException)
    assert.strictEqual(error.name, "AbortError")
    assert.isTrue(sent[0]?.signal.aborted)
  })

  it("that is null is no signal, as for fetch", async () => {
    const { otps, sent } = scripted(done)
    await Reflect.apply(otps.receiveCodes, otps, [{ signal: null }])
    assert.lengthOf(sent, 1)
  })

  it("ends the wait for a fetch that ignores the signal", async () => {
    const { otps, sent } = scripted(() => new Promise(() => {}))
    const controller = new AbortController()
    const promise = rejected(otps.receiveCodes({ signal: controller.signal }))
    await vi.waitUntil(() => sent.length === 1)
    controller.abort("enough")
    assert.strictEqual(await promise, "enough")
  })

  it("that comes too late changes nothing, and has no listeners left", async () => {
    const { otps } = scripted(done)
    const controller = new AbortController()
    const add = vi.spyOn(controller.signal, "addEventListener")
    const remove = vi.spyOn(controller.signal, "removeEventListener")
    await otps.receiveCodes({ signal: controller.signal })
    controller.abort()
    assert.deepStrictEqual(
      remove.mock.calls.map(([, listener]) => listener),
      add.mock.calls.map(([, listener]) => listener)
    )
    assert.isNotEmpty(add.mock.calls)
  })
})

describe("with fake timers", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }))
  afterEach(() => void vi.useRealTimers())

  const away = () => new Response(null, { status: 503 })

  it.each([
    [undefined, undefined, 4],
    [2, undefined, 3],
    [0, undefined, 1],
    [0, 1, 2],
    [3, 0, 1]
  ])("a read with %j retries for the client and %j for the call is tried %i times", async (ofClient, ofCall, tries) => {
    const { otps, sent } = scripted(away, { retries: ofClient })
    const error = await advanceUntilSettled(failure(otps.findRecoveryCodes({ retries: ofCall })))
    assert.deepInclude(fields(error), { _tag: "UnexpectedStatus", status: 503 })
    assert.lengthOf(sent, tries)
  })

  it("an effect that may have happened is tried once", async () => {
    const { otps, sent } = scripted(away, { retries: 5 })
    const effects = [otps.receiveCodes(), otps.regenerateCodes(), otps.findEnsureOtp("123456")]
    for (const { outcome } of await advanceUntilSettled(Promise.all(effects.map(failure))))
      assert.strictEqual(outcome, "Unknown")
    assert.lengthOf(sent, 3)
  })

  it.each([
    [undefined, undefined, 10_000],
    [60_000, undefined, 60_000],
    [60_000, 20_000, 20_000]
  ])("a timeout of %j for the client and %j for the call ends it after %i ms", async (ofClient, ofCall, millis) => {
    const { otps, sent } = scripted(hang, { timeout: ofClient, retries: 0 })
    let ended: OtpsFailure | undefined
    const promise = failure(otps.receiveCodes({ timeout: ofCall })).then((error) => (ended = error))
    // The client's monotonic clock continues meanwhile, so its timer ends a little early.
    await vi.advanceTimersByTimeAsync(millis / 2)
    assert.isUndefined(ended)
    await vi.advanceTimersByTimeAsync(millis / 2)
    assert.deepInclude(fields(await promise), { _tag: "TransportFailure", reason: "TimedOut", outcome: "Unknown" })
    assert.isTrue(sent[0]?.signal.aborted)
  })
})

describe("close", () => {
  it("waits for the calls under way, and rejects others", async () => {
    let answer: ((response: Response) => void) | undefined
    const { otps, sent } = scripted(() => new Promise((resolve) => (answer = resolve)))
    const first = otps.receiveCodes()
    await vi.waitUntil(() => sent.length === 1)
    let isClosed = false
    const closed = otps.close().then(() => (isClosed = true))
    const late = await Promise.all(operations.map((operation) => failure(call[operation](otps))))
    for (const [index, error] of late.entries()) {
      assert.deepInclude(fields(error), {
        _tag: "CallRejected",
        operation: operations[index],
        reason: "ClientClosed",
        outcome: "NotApplied"
      })
      assert.include(error.message, "the client is closed")
    }
    assert.isFalse(isClosed)
    answer?.(done())
    await first
    await closed
    await otps.close()
    assert.lengthOf(sent, 1)
  })

  it("is called by await using", async () => {
    const { fetch } = scripted(done)
    const scope = async () => {
      await using otps = makeOtps({ baseUrl, authToken: token, fetch })
      await otps.receiveCodes()
      return otps
    }
    assert.deepInclude(fields(await failure((await scope()).receiveCodes())), { reason: "ClientClosed" })
  })

  it("closes the clients of all users", async () => {
    const { fetch, sent } = scripted(done)
    const users = makeOtpsForUsers({ baseUrl, fetch })
    const alice = users.forUser("alice")
    await users[Symbol.asyncDispose]()
    const calls = [alice, users.forUser("bob")].map((otps) => failure(otps.receiveCodes()))
    for (const error of await Promise.all(calls)) assert.deepInclude(fields(error), { reason: "ClientClosed" })
    assert.isEmpty(sent)
  })
})

describe("the emitted types", () => {
  const root = join(import.meta.dirname, "../../..")

  /** The declarations that a module needs, and the foreign packages that they import. */
  const needed = (module: string): { readonly files: ReadonlySet<string>; readonly foreign: ReadonlySet<string> } => {
    const files = new Set<string>()
    const foreign = new Set<string>()
    const visit = (file: string): void => {
      if (files.has(file)) return
      files.add(file)
      const text = readFileSync(file, "utf8")
      for (const [, specifier = ""] of text.matchAll(/^(?! \*).*?(?:from|import\()\s*["']([^"']+)["']/gm)) {
        const [, of, name] = /^@metal-otp\/(\w+)\/(\w+)$/.exec(specifier) ?? []
        if (specifier.startsWith(".")) visit(join(dirname(file), specifier.replace(/\.[jt]s$/, ".d.ts")))
        else if (of !== undefined) visit(join(root, `packages/${of}/dist/${name}.d.ts`))
        else foreign.add(specifier)
      }
    }
    visit(join(root, `packages/client/dist/${module}.d.ts`))
    return { files, foreign }
  }

  it("import nothing of Effect, and no schema", () => {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", join(root, "packages/client")])
    const { files, foreign } = needed("promise")
    assert.deepStrictEqual([...foreign], [])
    assert.isTrue([...files].every((file) => existsSync(file) && !file.includes("packages/schema")))
    assert.isAbove(files.size, 3)
    // Other modules import Effect, so the check above can fail.
    assert.include([...needed("OtpsClient").foreign], "effect/Effect")
  })
})
