/** Calls to the emulator under each of its faults, with all that somebody could read searched for secrets. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, EmulatorServer, Faults } from "@metal-otp/emulator"
import type { Operation } from "@metal-otp/schema"
import { Effect, Layer, Redacted } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { canaries } from "../support/Canaries.ts"
import { distinctOperations, sendsOtp } from "../support/operations.ts"
import { assertNoSecrets, observe } from "../support/Sinks.ts"
import { authToken, clientWithUser, calls, everything } from "../support/Worst.ts"
import { nodeLayers } from "../support/NodeLayers.ts"

const inHeaders = { "content-type": "application/json", "x-echo": encodeURIComponent(everything) }

type AllFaults = { readonly [T in Faults.Fault["_tag"]]: ReadonlyArray<Extract<Faults.Fault, { readonly _tag: T }>> }

/** Faults of each kind that echo what was sent. The type requires an entry for each new kind. */
const faultsOf = (sent: string): AllFaults => ({
  Refuse: [{ _tag: "Refuse" }],
  Reset: [{ _tag: "Reset" }],
  ResetInBody: [{ _tag: "ResetInBody" }],
  Hang: [{ _tag: "Hang" }],
  Slow: [{ _tag: "Slow", delay: "1 second" }],
  Status: [200, 302, 401, 429, 500].map((status) => ({
    _tag: "Status",
    status,
    headers: status === 302 ? { ...inHeaders, location: "https://evil.example/" } : inHeaders,
    body: JSON.stringify({ error: sent, errors: [sent, encodeURIComponent(sent)] })
  })),
  Truncated: [{ _tag: "Truncated" }],
  Foreign: [
    { _tag: "Foreign", contentType: "text/html", body: everything },
    {
      _tag: "Foreign",
      contentType: "application/json",
      body: JSON.stringify({ error: sent, recovery_codes: [canaries.code], everything })
    }
  ]
})

/** No fault, and then each fault before and after the effect. */
const rulesOf = (sent: string): ReadonlyArray<Faults.Rule | undefined> => [
  undefined,
  ...Object.values(faultsOf(sent))
    .flat()
    .flatMap((fault): ReadonlyArray<Faults.Rule> =>
      fault._tag === "Refuse" ? [{ fault }] : [{ fault }, { fault, when: "after" }]
    )
]

const sentBy = (operation: Operation.Operation) =>
  `${operation === "regenerateCodes" ? canaries.callToken : canaries.token} ${sendsOtp(operation) ? canaries.otp : ""}`

const transports = {
  "in memory": EmulatorHttpClient.layer,
  fetch: nodeLayers.fetch,
  undici: nodeLayers.undici,
  "node:http": nodeLayers.nodeHttp
}

const users = [canaries.token, canaries.callToken].map((token) => ({ authToken: Redacted.make(token) }))

type Transport = keyof typeof transports

export const nothingLeaksOver = (...over: ReadonlyArray<Transport>) =>
  describe.each(over)("between client and emulator, over %s", (transport) => {
    it.effect.each(distinctOperations)("no fault makes %s show a secret", (operation) =>
      Effect.gen(function* () {
        const service = yield* Faults.Faults
        const emulator = yield* Emulator.Emulator
        const http = yield* HttpClient.HttpClient
        const options = { authToken, retryPolicy: RetryPolicy.none, timeout: "1 hour" } as const
        const { baseUrl } = yield* EmulatorServer.EmulatorServer
        const client = yield* clientWithUser(transport === "in memory" ? options : { ...options, baseUrl }).pipe(
          Effect.provideService(HttpClient.HttpClient, http)
        )
        for (const rule of rulesOf(sentBy(operation))) {
          const { _tag } = rule?.fault ?? { _tag: undefined }
          /** Once the fault has been injected, advances the clock to the end of its delay or of the call. */
          const step = Effect.flatMap(service.injected, ({ length }) => {
            if (length === 0 || (_tag !== "Hang" && _tag !== "Slow")) return Effect.void
            return TestClock.adjust(_tag === "Hang" ? "1 hour" : "1 second")
          })
          yield* service.set(rule === undefined ? [] : [rule])
          const { sinks } = yield* observe(calls[operation](client), step)
          assert.strictEqual((yield* service.injected)[0]?.fault, _tag)
          assertNoSecrets(sinks, `${operation} under ${_tag} ${rule?.when ?? "before"}`)
          const codes = yield* Effect.forEach(users, ({ authToken }) => emulator.recoveryCodes(authToken))
          const all = Object.values(sinks).flat().join("\n")
          assert.isEmpty(codes.flat().filter((code) => all.includes(Redacted.value(code))))
          for (const { seed } of (yield* emulator.users()).users) {
            if (seed !== null) assert.notInclude(all, Redacted.value(seed.uri))
          }
        }
      }).pipe(
        Effect.provide(
          Layer.merge(transports[transport], EmulatorServer.layer()).pipe(
            Layer.provideMerge(Layer.merge(Emulator.layer({ users }), Faults.layer()))
          )
        )
      )
    )
  })
