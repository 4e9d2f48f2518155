/** The server carries a request out, and an attacker then writes below TLS: to the client, the server seems not to speak TLS. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import type { SecureVersion } from "node:tls"
import { belowTls } from "./support/BelowTls.ts"
import { fields } from "./support/fields.ts"
import { authToken, call, clientOf } from "./support/operations.ts"
import { trustedCertificate } from "./support/Trusted.ts"
import { nodeLayers } from "./support/NodeLayers.ts"

const plainText = Buffer.from("HTTP/1.1 502 Bad Gateway\r\n\r\n")

const written: Readonly<Record<string, Uint8Array>> = {
  "HTTP in plain text": plainText,
  "the banner of SSH": Buffer.from("SSH-2.0-OpenSSH_9.6\r\n"),
  "a record of version 4.3": Buffer.from([23, 4, 3, 0, 16, ...Buffer.alloc(16)]),
  "a record of another version": Buffer.from([23, 3, 1, 0, 16, ...Buffer.alloc(16)]),
  "a record without encryption": Buffer.from([23, 3, 3, 0, 32, ...Buffer.alloc(32)]),
  "a record that is too long": Buffer.from([23, 3, 3, 255, 255, ...Buffer.alloc(32)]),
  "a plain alert of a failed handshake": Buffer.from([21, 3, 3, 0, 2, 2, 40]),
  "a plain alert of a missing certificate": Buffer.from([21, 3, 3, 0, 2, 2, 116]),
  "a plain close_notify": Buffer.from([21, 3, 3, 0, 2, 1, 0]),
  "the hello of another server": Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])
}

const versions: ReadonlyArray<SecureVersion> = ["TLSv1.2", "TLSv1.3"]

// Repeats at once what may be repeated.
const retryPolicy = RetryPolicy.fromSchedule(Schedule.recurs(3))

describe.each([
  { name: "fetch", transport: nodeLayers.fetch, http: "1.1" },
  { name: "undici over HTTP/1.1", transport: nodeLayers.undiciWith({ allowH2: false }), http: "1.1" },
  { name: "undici over HTTP/2", transport: nodeLayers.undiciOverHttp2, http: "2.0" },
  { name: "node:http", transport: nodeLayers.nodeHttp, http: "1.1" }
])("on $name", ({ http, transport }) => {
  describe.each(versions)("over %s", (version) => {
    it.effect.each(Object.entries(written))(
      "after %s, the outcome is unknown, and the effect happens once",
      ([, bytes]) =>
        Effect.gen(function* () {
          const server = yield* belowTls(yield* trustedCertificate, version, (client) => client.end(bytes))
          const client = yield* clientOf({ authToken, baseUrl: server.baseUrl, retryPolicy })
          const error = yield* Effect.flip(call.regenerateCodes(client))
          assert.deepInclude(fields(error), { _tag: "TransportFailure", outcome: "Unknown" })
          assert.property(error, "code")
          assert.deepStrictEqual(server.carriedOut, [`HTTP/${http} POST`])
        }).pipe(Effect.provide(transport))
    )

    // Undici does not fail a request whose connection has an error and stays open.
    it.effect("on a connection that stays open, the call ends by the deadline", () =>
      Effect.gen(function* () {
        const server = yield* belowTls(yield* trustedCertificate, version, (client) => client.write(plainText))
        const client = yield* clientOf({ authToken, baseUrl: server.baseUrl, retryPolicy })
        const fiber = yield* Effect.forkChild(Effect.flip(call.regenerateCodes(client)))
        yield* server.received
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(fiber)
        assert.deepInclude(fields(error), { _tag: "TransportFailure", outcome: "Unknown" })
        assert.deepStrictEqual(server.carriedOut, [`HTTP/${http} POST`])
      }).pipe(Effect.provide(transport))
    )
  })
})
