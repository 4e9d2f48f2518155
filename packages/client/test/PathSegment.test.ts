/** Whatever passes for an OTP arrives as exactly one path segment that decodes to it, at a real HTTP server. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Otp } from "@metal-otp/schema"
import { Array, Effect, Random, Redacted, Result } from "effect"
import { createServer } from "node:http"
import { listening } from "./support/listening.ts"
import { authToken } from "./support/operations.ts"

/** Printable ASCII of any length, with the characters that URLs care about more often than the rest. */
const randomOtp = Effect.gen(function* () {
  const length = yield* Random.nextIntBetween(1, 65, { halfOpen: true })
  const characters = yield* Effect.replicateEffect(
    Effect.flatMap(Random.nextBoolean, (special) =>
      special
        ? Effect.map(Random.nextIntBetween(0, 24, { halfOpen: true }), (n) => "./\\?#%&+;:@=~^|<>\"'`{} -".charAt(n))
        : Effect.map(Random.nextIntBetween(0x20, 0x7f, { halfOpen: true }), (code) => String.fromCharCode(code))
    ),
    length
  )
  return Otp.parse(characters.join(""))
})

describe("path segment", () => {
  it.live(
    "100,000 random OTPs",
    () =>
      Effect.gen(function* () {
        const arrived = new Map<string, number>()
        const port = yield* listening(
          createServer((request, response) => {
            const key = `${request.method} ${request.url}`
            arrived.set(key, (arrived.get(key) ?? 0) + 1)
            response.writeHead(204).end()
          })
        )
        const client = yield* OtpsClient.make({
          authToken,
          baseUrl: `http://127.0.0.1:${port}/metal/v1`,
          retryPolicy: RetryPolicy.none
        })
        const otps: Array<Otp.Otp> = []
        while (otps.length < 100_000) {
          const otp = yield* randomOtp
          if (Result.isSuccess(otp)) otps.push(otp.success)
        }
        yield* Effect.forEach(otps, (otp) => client.findEnsureOtp(otp), { concurrency: 64, discard: true })

        const sent = new Map<string, number>()
        for (const otp of otps) sent.set(Redacted.value(otp), (sent.get(Redacted.value(otp)) ?? 0) + 1)
        const received = new Map<string, number>()
        for (const [key, count] of arrived) {
          const [, prefix, segment, ...rest] = /^(POST \/metal\/v1\/user\/otp\/verify\/)([^/?#]+)(.*)$/.exec(key) ?? []
          assert.deepStrictEqual([prefix, ...rest], ["POST /metal/v1/user/otp/verify/", ""], key)
          const value = decodeURIComponent(segment ?? "")
          received.set(value, (received.get(value) ?? 0) + count)
        }
        assert.strictEqual(
          Array.fromIterable(received.values()).reduce((a, b) => a + b, 0),
          100_000
        )
        assert.deepStrictEqual(received, sent)
      }).pipe(Random.withSeed("path segment"), Effect.provide(NodeHttpClient.layerUndici), Effect.scoped),
    180_000
  )
})
