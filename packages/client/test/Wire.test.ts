/** The client on Node's `fetch`, against servers that write raw bytes. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Endpoint, type Operation } from "@metal-otp/schema"
import { Effect, Fiber } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer as createHttpServer, type Server } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { fields } from "./support/fields.ts"
import { listening } from "../../../test/support/listening.ts"
import { authToken, call, clientOf, hasBody, operations, otp, sendsOtp, token } from "./support/operations.ts"
import { eventually } from "../../../test/support/Spans.ts"
import { wired } from "./support/WireServer.ts"

const head = (status: number, ...headers: ReadonlyArray<string>) =>
  `HTTP/1.1 ${status} Something\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`

const gzipBomb = gzipSync(Buffer.alloc(50_000_000))

const success = (operation: Operation.Operation) => Endpoint.endpoints[operation].success

const clientAt = (baseUrl: string) =>
  clientOf({ authToken, baseUrl, retryPolicy: RetryPolicy.none }).pipe(Effect.provide(FetchHttpClient.layer))

/** The failure of a call whose deadline passes after the head of its reply. */
const failureAtDeadline = <A, E>(self: Effect.Effect<A, E>, heads: () => number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.flip(self))
    yield* eventually(() => heads() === 1)
    yield* TestClock.adjust("10 seconds")
    return yield* Fiber.join(fiber)
  })

/** Starts a server, and counts its requests. */
const counting = Effect.fnUntraced(function* (server: Server) {
  let requests = 0
  server.on("request", () => requests++)
  return { port: yield* listening(server), requests: () => requests }
})

describe("wire", () => {
  for (const operation of operations) {
    describe(operation, () => {
      const isOk = success(operation) === 200
      const withBody = hasBody(operation)
      const { method, path } = Endpoint.endpoints[operation]

      it.effect("sends one request with its path and token, without a body or other headers", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) =>
            socket.end(isOk ? head(200, "content-type: application/json", "content-length: 2") + "{}" : head(204))
          )
          yield* call[operation](client)
          assert.strictEqual(server.requests.length, 1)
          const [start, ...headers] = (server.requests[0] ?? "").trimEnd().split("\r\n")
          assert.strictEqual(start, `${method} /metal/v1${path.replace("{otp}", encodeURIComponent(otp))} HTTP/1.1`)
          const named = Object.fromEntries(headers.map((line) => line.split(": ", 2)))
          assert.strictEqual(named["x-auth-token"], token)
          assert.strictEqual(named["x-otp-token"], sendsOtp(operation) && !path.includes("{otp}") ? otp : undefined)
          assert.strictEqual(named.accept, "application/json")
          assert.strictEqual(named["accept-encoding"], "identity")
          assert.strictEqual(named["content-length"], method === "POST" ? "0" : undefined)
          for (const header of ["referer", "cookie", "traceparent", "b3", "origin", "authorization"]) {
            assert.notProperty(named, header)
          }
        })
      )

      it.effect("times out before the headers, with an unknown outcome", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired(() => {})
          const fiber = yield* Effect.forkChild(Effect.flip(call[operation](client)))
          yield* server.received
          yield* TestClock.adjust("10 seconds")
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "TimedOut", outcome: "Unknown" })
          yield* server.closed
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("times out in the body of a refusal, whose status decides", () =>
        Effect.gen(function* () {
          const { client, server, heads } = yield* wired((socket) =>
            socket.write(head(401, "content-type: application/json", "content-length: 100") + '{"error":')
          )
          const error = yield* failureAtDeadline(call[operation](client), heads)
          assert.deepStrictEqual(fields(error), { _tag: "Unauthorized", operation, status: 401, outcome: "NotApplied" })
          yield* server.closed
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("is lost by a reset before the reply", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) => void socket.resetAndDestroy())
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "ConnectionLost",
            code: "ECONNRESET",
            outcome: "Unknown"
          })
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("is lost by the end of the connection before the reply", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) => void socket.end())
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "ConnectionLost",
            outcome: "Unknown"
          })
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("fails on a reply that is not HTTP", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n"))
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "Other", outcome: "Unknown" })
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("is not applied if the connection is refused", () =>
        Effect.gen(function* () {
          const port = yield* Effect.scoped(listening(createHttpServer()))
          const client = yield* clientAt(`http://127.0.0.1:${port}`)
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "ConnectionRefused",
            code: "ECONNREFUSED",
            outcome: "NotApplied"
          })
        })
      )

      it.effect("is not applied if the host does not exist", () =>
        Effect.gen(function* () {
          const client = yield* clientAt("https://host.invalid")
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "NameNotResolved",
            outcome: "NotApplied"
          })
        })
      )

      it.effect("is not applied if the server does not speak TLS", () =>
        Effect.gen(function* () {
          const { port, requests } = yield* counting(createHttpServer())
          const client = yield* clientAt(`https://127.0.0.1:${port}`)
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "TlsRefused",
            code: "ERR_SSL_WRONG_VERSION_NUMBER",
            outcome: "NotApplied"
          })
          assert.strictEqual(requests(), 0)
        })
      )

      it.effect("is not applied if the TLS handshake fails", () =>
        Effect.gen(function* () {
          const { port, requests } = yield* counting(createHttpsServer({}))
          const client = yield* clientAt(`https://127.0.0.1:${port}`)
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), {
            _tag: "TransportFailure",
            reason: "TlsRefused",
            outcome: "NotApplied"
          })
          assert.strictEqual(requests(), 0)
        })
      )

      it.effect("closes the socket at once when it is interrupted", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired(() => {})
          const fiber = yield* Effect.forkChild(call[operation](client))
          yield* server.received
          yield* Fiber.interrupt(fiber)
          yield* server.closed
          yield* eventually(() => server.open.size === 0)
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect.each([301, 302, 303, 307, 308])("does not follow a redirect with %i", (status) =>
        Effect.gen(function* () {
          const other = yield* wired((socket) => socket.end(head(204)))
          const { client, server } = yield* wired((socket) =>
            socket.end(head(status, `location: ${other.server.baseUrl}`, "content-length: 0"))
          )
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), { _tag: "UnexpectedStatus", status, outcome: "Unknown" })
          assert.strictEqual(server.requests.length, 1)
          assert.strictEqual(other.server.requests.length, 0)
        })
      )

      it.effect("closes each socket with an unread body", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) =>
            socket.write(head(503, "content-type: text/html", "content-length: 1000000") + "<p>".repeat(1000))
          )
          for (let i = 0; i < 20; i++) yield* Effect.flip(call[operation](client))
          yield* eventually(() => server.open.size === 0)
          assert.strictEqual(server.requests.length, 20)
        })
      )

      it.effect("keeps the connection after a complete reply", () =>
        Effect.gen(function* () {
          const connections = new Set<Socket>()
          const { client } = yield* wired((socket) => {
            connections.add(socket)
            socket.write(isOk ? head(200, "content-type: application/json", "content-length: 2") + "{}" : head(204))
          })
          for (let i = 0; i < 20; i++) yield* call[operation](client)
          // Node's fetch alternates between two connections without this client too.
          assert.isAtMost(connections.size, 2)
        })
      )

      if (isOk && !withBody) {
        it.effect.each([
          ["closed in its JSON", head(200, "content-type: application/json", "content-length: 100") + '{"a'],
          [
            "10 MB of JSON",
            head(200, "content-type: application/json", "content-length: 10000000") + " ".repeat(10_000_000)
          ],
          [
            "no gzip",
            head(200, "content-type: application/json", "content-encoding: gzip", "content-length: 2") + "{}"
          ],
          ["empty HTML", head(200, "content-type: text/html", "content-length: 0")],
          ["nothing", head(200, "content-length: 0")],
          ["nothing in a chunk", head(200, "transfer-encoding: chunked") + "0\r\n\r\n"]
        ] as const)("succeeds with a 200 whose body is %s", ([, reply]) =>
          Effect.gen(function* () {
            const { client, server } = yield* wired((socket) => socket.end(reply))
            assert.isUndefined(yield* call[operation](client))
            assert.strictEqual(server.requests.length, 1)
          })
        )

        it.effect.each([
          ["HTML", head(200, "content-type: text/html", "content-length: 5") + "<a>b<"],
          ["a page without end", head(200, "content-type: text/html") + "<p>".repeat(100_000)],
          [
            "HTML in chunks",
            head(200, "content-type: text/html", "transfer-encoding: chunked") + "1\r\n<\r\n0\r\n\r\n"
          ],
          ["of no type", head(200, "content-length: 2") + "{}"]
        ] as const)("does not succeed with a 200 whose body is %s, which the API may not have sent", ([, reply]) =>
          Effect.gen(function* () {
            const { client, server } = yield* wired((socket) => socket.end(reply))
            const error = yield* Effect.flip(call[operation](client))
            assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "ContentType", outcome: "Unknown" })
            assert.strictEqual(server.requests.length, 1)
          })
        )
        return
      }

      if (!withBody) {
        it.effect("succeeds with a 204, also with a body", () =>
          Effect.gen(function* () {
            const { client, server } = yield* wired((socket) => socket.end(head(204, "content-length: 5") + "s3cr\n"))
            assert.isUndefined(yield* call[operation](client))
            assert.strictEqual(server.requests.length, 1)
          })
        )
        return
      }

      it.effect.each([
        { how: "reset", end: (socket: Socket): void => void socket.resetAndDestroy() },
        { how: "closed", end: (socket: Socket): void => void socket.end() }
      ])("was applied if the connection is $how in the body", ({ end }) =>
        Effect.gen(function* () {
          const sockets: Array<Socket> = []
          const { client, server, heads } = yield* wired((socket) => {
            sockets.push(socket)
            socket.write(head(200, "content-type: application/json", "content-length: 100") + '{"recovery')
          })
          const fiber = yield* Effect.forkChild(Effect.flip(call[operation](client)))
          yield* eventually(() => heads() === 1)
          for (const socket of sockets) end(socket)
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "ConnectionLost", outcome: "Applied" })
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("was applied if it times out in the body", () =>
        Effect.gen(function* () {
          const { client, server, heads } = yield* wired((socket) =>
            socket.write(head(200, "content-type: application/json", "content-length: 100") + '{"recovery')
          )
          const error = yield* failureAtDeadline(call[operation](client), heads)
          assert.deepInclude(fields(error), { _tag: "TransportFailure", reason: "TimedOut", outcome: "Applied" })
          yield* server.closed
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect.each([
        ["a gzip bomb", gzipBomb, "TooLarge"],
        ["a body that is not gzip", Buffer.from("{}"), "Undecodable"],
        ["a gzip cut off", gzipSync(Buffer.from('{"recovery_codes":["a"]}')).subarray(0, 30), "Undecodable"]
      ] as const)("fails on %s", ([, body, reason]) =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) => {
            const headers = [
              "content-type: application/json",
              "content-encoding: gzip",
              `content-length: ${body.length}`
            ]
            socket.write(head(200, ...headers))
            socket.end(body)
          })
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason, outcome: "Applied" })
          assert.strictEqual(server.requests.length, 1)
        })
      )

      it.effect("stops reading a body of 10 MB", () =>
        Effect.gen(function* () {
          const { client, server } = yield* wired((socket) => {
            socket.write(head(200, "content-type: application/json", "content-length: 10000000"))
            socket.end(Buffer.alloc(10_000_000, " "))
          })
          const error = yield* Effect.flip(call[operation](client))
          assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "TooLarge", outcome: "Applied" })
          yield* server.closed
        })
      )
    })
  }
})
