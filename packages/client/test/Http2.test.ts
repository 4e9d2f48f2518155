/** The failure of each operation when an HTTP/2 server ends a stream or the connection, on undici. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Effect, Layer, Schedule } from "effect"
import { constants } from "node:http2"
import { fields } from "./support/fields.ts"
import { type Answer, http2Server } from "./support/Http2Server.ts"
import { authToken, call, clientOf, operations } from "./support/operations.ts"
import { trustedCertificate } from "./support/Trusted.ts"
import { nodeLayers, undici } from "./support/NodeLayers.ts"

/** Makes a client that repeats at once what may be repeated. Its connection has had its first stream. */
const connected = Effect.fnUntraced(function* (answer: Answer) {
  const server = yield* http2Server(yield* trustedCertificate, (stream, session, headers) =>
    stream.id === 1 ? stream.respond({ ":status": 401 }, { endStream: true }) : answer(stream, session, headers)
  )
  const client = yield* clientOf({
    authToken,
    baseUrl: server.baseUrl,
    retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(1))
  }).pipe(Effect.provide(yield* Layer.build(Layer.fresh(nodeLayers.undiciOverHttp2))))
  yield* Effect.flip(client.findRecoveryCodes())
  return { client, sent: () => server.requests.length - 1 }
})

const reset =
  (code: number): Answer =>
  (stream) =>
    stream.close(code)

const lost: ReadonlyArray<readonly [name: string, answer: Answer, code: string, times: number]> = [
  // Undici 8 repeats it once by itself.
  ["REFUSED_STREAM", reset(constants.NGHTTP2_REFUSED_STREAM), "ERR_HTTP2_STREAM_ERROR", undici === 8 ? 2 : 1],
  ["INTERNAL_ERROR", reset(constants.NGHTTP2_INTERNAL_ERROR), "ERR_HTTP2_STREAM_ERROR", 1],
  ["PROTOCOL_ERROR", reset(constants.NGHTTP2_PROTOCOL_ERROR), "ERR_HTTP2_STREAM_ERROR", 1],
  ["ENHANCE_YOUR_CALM", reset(constants.NGHTTP2_ENHANCE_YOUR_CALM), "ERR_HTTP2_STREAM_ERROR", 1],
  ["HTTP_1_1_REQUIRED", reset(constants.NGHTTP2_HTTP_1_1_REQUIRED), "ERR_HTTP2_STREAM_ERROR", 1],
  ["CANCEL", reset(constants.NGHTTP2_CANCEL), "UND_ERR_INFO", 1],
  ["NO_ERROR", reset(constants.NGHTTP2_NO_ERROR), "UND_ERR_INFO", 1]
]

/** Endings of the connection. A read is repeated on a new one, whose first stream is answered. */
const closed: ReadonlyArray<readonly [name: string, answer: Answer, code: string]> = [
  [
    "a GOAWAY with an error",
    ({ id }, session) => session.goaway(constants.NGHTTP2_INTERNAL_ERROR, id),
    undici === 8 ? "ERR_HTTP2_SESSION_ERROR" : "UND_ERR_SOCKET"
  ],
  ["the end of the connection", (_, session) => session.destroy(), "UND_ERR_SOCKET"]
]

describe.each(operations)("%s", (operation) => {
  const isRead = operation === "findRecoveryCodes"

  it.effect.each(lost)(
    "RST_STREAM with %s is ConnectionLost with a code, and only a read is retried",
    ([, answer, code, times]) =>
      Effect.gen(function* () {
        const { client, sent } = yield* connected(answer)
        assert.deepStrictEqual(fields(yield* Effect.flip(call[operation](client))), {
          _tag: "TransportFailure",
          operation,
          reason: "ConnectionLost",
          code,
          outcome: "Unknown"
        })
        assert.strictEqual(sent(), isRead ? 2 * times : times)
      })
  )

  it.effect.each(closed)("%s is ConnectionLost with a code, and only a read is retried", ([, answer, code]) =>
    Effect.gen(function* () {
      const { client, sent } = yield* connected(answer)
      const error = yield* Effect.flip(call[operation](client))
      if (isRead) assert.strictEqual(error._tag, "Unauthorized")
      else assert.deepInclude(fields(error), { reason: "ConnectionLost", code, outcome: "Unknown" })
      assert.strictEqual(sent(), isRead ? 2 : 1)
    })
  )

  it.effect.each([constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_ENHANCE_YOUR_CALM])(
    "after a GOAWAY with code %i that leaves the stream out, undici 8 repeats it, and the client sees the second reply only",
    (code) =>
      Effect.gen(function* () {
        const { client, sent } = yield* connected((_, session) => session.goaway(code, 1))
        const error = yield* Effect.flip(call[operation](client))
        const isTold = undici === 8 || isRead
        assert.deepInclude(
          fields(error),
          isTold ? { _tag: "Unauthorized", outcome: "NotApplied" } : { reason: "ConnectionLost", outcome: "Unknown" }
        )
        assert.strictEqual(sent(), isTold ? 2 : 1)
      })
  )
})

// Undici 7 ends the stream with the connection.
it.effect.skipIf(undici === 7)("a GOAWAY that lets the stream end changes nothing", () =>
  Effect.gen(function* () {
    const { client, sent } = yield* connected((stream, session) => {
      session.goaway(constants.NGHTTP2_NO_ERROR, stream.id)
      stream.respond({ ":status": 204 }, { endStream: true })
    })
    assert.isUndefined(yield* client.receiveCodes())
    assert.strictEqual(sent(), 1)
  })
)

it.effect(
  "half a body without a length, of a stream that is reset, is complete to undici and undecodable to the client",
  () =>
    Effect.gen(function* () {
      const { client } = yield* connected((stream) => {
        stream.respond({ ":status": 200, "content-type": "application/json" })
        stream.write('{"recovery_codes": ["a1"', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
      })
      assert.deepInclude(fields(yield* Effect.flip(client.regenerateCodes())), {
        _tag: "MalformedResponse",
        reason: "Undecodable",
        outcome: "Applied"
      })
    })
)
