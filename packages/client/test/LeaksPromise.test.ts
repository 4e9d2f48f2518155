/** No secret leaks from the client of promises. Only the recovery codes that it is asked for are plain. */
import { assert, describe, it } from "@effect/vitest"
import {
  type CallOptions,
  isOtpsFailure,
  makeOtps,
  makeOtpsForUsers,
  type Options,
  type Otps
} from "@metal-otp/client/promise"
import type { Operation } from "@metal-otp/schema"
import { Effect, Exit } from "effect"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import { afterEach, beforeEach, vi } from "vitest"
import { canaries } from "./support/Canaries.ts"
import { invalidOtps } from "./support/Rejecting.ts"
import { assertNoSecrets, inspections, merge, observe, render } from "./support/Sinks.ts"
import { type Answer, everything, hang, respond, worst } from "./support/Worst.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
afterEach(() => void vi.useRealTimers())

/** Advances the client's clock. */
const minute = Effect.promise(() => vi.advanceTimersByTimeAsync(60_000))

const methodOf = (init: RequestInit | undefined) => (init?.method === "POST" ? "POST" : "GET")

/** A `fetch` that answers with `answer`. It rejects with the cause of the transport's error. */
const fetchOf =
  (answer: Answer): typeof globalThis.fetch =>
  (input, init) =>
    HttpClient.make(answer)
      .execute(HttpClientRequest.make(methodOf(init))(String(input), { headers: new Headers(init?.headers) }))
      .pipe(
        Effect.mapError((error) => error.reason.cause ?? error),
        Effect.flatMap((response) => Effect.fromOption(HttpClientResponse.toWeb(response))),
        Effect.runPromise
      )

const clientOf = (answer: Answer, options: Partial<Options> = {}) =>
  makeOtps({
    baseUrl: "https://api.example/metal/v1",
    authToken: canaries.token,
    fetch: fetchOf(answer),
    retries: 1,
    ...options
  })

type Call = (otps: Otps, options?: CallOptions) => Promise<unknown>

const calls: { readonly [O in Operation.Operation]: Call } & Readonly<Record<string, Call>> = {
  findRecoveryCodes: (otps, options) => otps.findRecoveryCodes(options),
  regenerateCodes: (otps, options) => otps.regenerateCodes(options),
  receiveCodes: (otps, options) => otps.receiveCodes(options),
  findEnsureOtp: (otps, options) => otps.findEnsureOtp(canaries.otp, options),
  seedApp: (otps, options) => otps.seedApp(options),
  enableTfaApp: (otps, options) => otps.enableTfaApp(canaries.otp, options),
  disableTfaApp: (otps, options) => otps.disableTfaApp(canaries.otp, options),
  enableTfaSms: (otps, options) => otps.enableTfaSms(canaries.otp, options),
  disableTfaSms: (otps, options) => otps.disableTfaSms(canaries.otp, options),
  regenerateCodesConfirmed: (otps, options) => otps.regenerateCodesConfirmed(options),
  confirmRegenerateCodes: (otps, options) => otps.confirmRegenerateCodes([canaries.otp, canaries.code], options)
}

/** Observes a promise without its value, which may be plain codes. */
const observed = (make: () => Promise<unknown>) =>
  observe(Effect.asVoid(Effect.tryPromise({ try: make, catch: (error) => error })), minute)

// This transport prints the token itself, unless the program tells Effect's logger to redact the header.
const answers = Object.entries(worst).filter(([name]) => name !== "a transport that logs its headers")

describe("leaks of promises", () => {
  // Leaks.test.ts tests the client underneath. Each answer gets some of the calls, and the next answer others.
  const some = answers.map(([name, answer], index) => ({
    name,
    answer,
    chosen: Object.entries(calls).filter((_, at) => (index + at) % 4 === 0)
  }))

  describe.each(some)("$name", ({ name, answer, chosen }) => {
    it.effect.each(chosen)("shows no secret of %s", ([operation, call]) =>
      Effect.gen(function* () {
        const otps = clientOf(answer)
        const { exit, sinks } = yield* observed(() => call(otps))
        assertNoSecrets(sinks, `${operation} under ${name}`)
        if (Exit.isFailure(exit)) assert.isTrue(isOtpsFailure(yield* Effect.flip(exit)), operation)
      })
    )
  })

  it.effect.each(Object.entries(calls))("%s that is aborted shows no secret", ([operation, call]) =>
    Effect.gen(function* () {
      const otps = clientOf(hang)
      const controller = new AbortController()
      const { exit, sinks } = yield* observed(() => {
        setImmediate(() => controller.abort())
        return call(otps, { signal: controller.signal })
      })
      assert.strictEqual(yield* Effect.flip(exit), controller.signal.reason)
      assertNoSecrets(sinks, operation)
    })
  )

  it.effect.each(invalidOtps)("an invalid OTP is not shown: %j", (bad) =>
    Effect.gen(function* () {
      const { exit, sinks } = yield* observed(() => clientOf(hang).findEnsureOtp(bad))
      assert.isTrue(Exit.isFailure(exit))
      assertNoSecrets(sinks, "invalid OTP")
    })
  )

  it.effect.each([
    ["throws", () => assert.fail(everything)],
    ["rejects", () => Promise.reject(new Error(everything))],
    ["hangs", () => new Promise<string>(() => {})],
    ["can't be sent", () => `${canaries.token}\n`]
  ] as const)("a token's function that %s shows no secret", ([what, authToken]) =>
    Effect.gen(function* () {
      const otps = clientOf(respond(204, null), { authToken })
      const { exit, sinks } = yield* observed(() => otps.receiveCodes())
      assert.isTrue(isOtpsFailure(yield* Effect.flip(exit)))
      assertNoSecrets(sinks, what)
    })
  )

  it.effect("a closed client shows no secret", () =>
    Effect.gen(function* () {
      const otps = clientOf(hang)
      yield* Effect.promise(() => otps.close())
      for (const [operation, call] of Object.entries(calls)) {
        const { exit, sinks } = yield* observed(() => call(otps))
        assert.isTrue(isOtpsFailure(yield* Effect.flip(exit)))
        assertNoSecrets(sinks, operation)
      }
    })
  )

  it.effect.each([
    { authToken: `${canaries.token}\n` },
    { baseUrl: `https://${encodeURIComponent(canaries.user)}@api.example` },
    { baseUrl: `ftp://${encodeURIComponent(canaries.user)}:${encodeURIComponent(canaries.password)}@api.example` },
    { baseUrl: canaries.query },
    { userAgent: `${canaries.token}\n` },
    { timeout: 0 },
    { retries: -1 }
  ])("invalid settings are not shown: %j", (options) =>
    Effect.gen(function* () {
      const { exit, sinks } = yield* observed(async () => clientOf(hang, options))
      assert.isTrue(isOtpsFailure(yield* Effect.flip(exit)))
      assertNoSecrets(sinks, "settings")
    })
  )

  it("a client, its functions and a call under way show no secret", async () => {
    const otps = clientOf(hang)
    const users = makeOtpsForUsers({ baseUrl: "https://api.example/metal/v1", fetch: fetchOf(hang) })
    const user = users.forUser(canaries.callToken)
    const controller = new AbortController()
    const call = otps.findEnsureOtp(canaries.otp, { signal: controller.signal }).catch(() => {})
    const values = [otps, users, user, call, controller, ...Object.values(otps), ...Object.values(user)]
    assertNoSecrets(merge([...values.map(render), inspections(users.forUser)]), "from outside")
    controller.abort()
    assert.isUndefined(await call)
  })
})
