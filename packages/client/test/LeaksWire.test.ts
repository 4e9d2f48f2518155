/** Nothing secret gets out over real sockets either: each hostile server and each way to fail, on each of Node's transports. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Context, Effect, Exit, Layer } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { createServer as createSocketServer } from "node:net"
import { canaries, found } from "./support/Canaries.ts"
import { certificate } from "../../../test/support/Certificate.ts"
import { jsonHead } from "./support/HostileReply.ts"
import { scenarios, type Status } from "./support/HostileServers.ts"
import { listening } from "../../../test/support/listening.ts"
import { operations } from "./support/operations.ts"
import { assertNothing, observe } from "./support/Sinks.ts"
import { turns } from "../../../test/support/Spans.ts"
import { wireServer } from "./support/WireServer.ts"
import { authToken, calls } from "./support/Worst.ts"

const transports = [
  { name: "fetch", layer: NodeHttpClient.layerFetch },
  { name: "undici", layer: NodeHttpClient.layerUndici },
  { name: "node:http", layer: NodeHttpClient.layerNodeHttp }
]

const opened = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.map(Layer.build(Layer.fresh(transport)), Context.get(HttpClient.HttpClient))

const clientAt = (http: HttpClient.HttpClient, baseUrl: string) =>
  OtpsClient.make({ authToken, baseUrl, retryPolicy: RetryPolicy.none }).pipe(
    Effect.provideService(HttpClient.HttpClient, http)
  )

/** An origin to call, where something is wrong before HTTP begins. */
const unreachable = {
  "nobody listens": Effect.map(Effect.scoped(listening(createServer())), (port) => `http://127.0.0.1:${port}`),
  "the host does not exist": Effect.succeed("https://host.invalid"),
  "the server speaks no TLS": Effect.map(
    Effect.suspend(() => listening(createServer())),
    (port) => `https://127.0.0.1:${port}`
  ),
  "nobody vouches for the server": Effect.map(
    Effect.suspend(() => listening(createHttpsServer(certificate()))),
    (port) => `https://127.0.0.1:${port}`
  ),
  "TLS finds no common ground": Effect.map(
    Effect.suspend(() => listening(createHttpsServer({}))),
    (port) => `https://127.0.0.1:${port}`
  ),
  "the handshake is reset": Effect.map(
    Effect.suspend(() => listening(createSocketServer((socket) => void socket.resetAndDestroy()))),
    (port) => `https://127.0.0.1:${port}`
  )
}

const codes = JSON.stringify({ recovery_codes: [canaries.code] })

const statuses: ReadonlyArray<Status> = [200, 204, 401]

/** Lets the event loop turn, and the deadline pass after some turns. */
const patience = (least: number) => {
  let turn = 0
  return Effect.suspend(() => (++turn % least === 0 ? TestClock.adjust("10 seconds") : turns(1)))
}

describe.each(transports)("nothing leaks over $name", ({ layer, name }) => {
  it.effect(
    "from a hostile server",
    () =>
      Effect.gen(function* () {
        const http = yield* opened(layer)
        let turn = 0
        for (const scenario of scenarios) {
          for (const status of scenario.same === true ? statuses.slice(0, 1) : statuses) {
            const operation = operations[turn++ % operations.length] ?? "receiveCodes"
            yield* Effect.scoped(
              Effect.gen(function* () {
                const { baseUrl } = yield* wireServer((socket) => scenario.answer(socket, status))
                const { sinks } = yield* observe(calls[operation](yield* clientAt(http, baseUrl)), patience(8))
                assertNothing(sinks, `${operation}, ${scenario.name}, ${status}`)
              })
            )
          }
        }
      }),
    180_000
  )

  it.effect.each(Object.entries(unreachable))("when %s", ([what, origin]) =>
    Effect.gen(function* () {
      const client = yield* clientAt(yield* opened(layer), `${yield* origin}/metal/v1`)
      for (const operation of operations) {
        const { exit, sinks } = yield* observe(calls[operation](client))
        assert.isTrue(Exit.isFailure(exit), operation)
        assertNothing(sinks, `${operation}, ${what}`)
      }
    })
  )

  it.effect.each([
    { where: "before its reply", reply: "" },
    { where: "in its body", reply: `${jsonHead(200, "content-length: 1000")}{"recovery_codes":["${canaries.code}` }
  ])("when a call is interrupted $where", ({ reply }) =>
    Effect.gen(function* () {
      const server = yield* wireServer((socket) => void socket.write(reply))
      const client = yield* clientAt(yield* opened(layer), server.baseUrl)
      for (const operation of operations) {
        const interrupting = Effect.andThen(server.received, turns(8))
        const { sinks } = yield* observe(Effect.raceFirst(calls[operation](client), interrupting))
        assertNothing(sinks, operation)
        yield* server.closed
      }
    })
  )

  it.effect("into the timeline that Node keeps, but for the URLs of fetch", () =>
    Effect.gen(function* () {
      const server = yield* wireServer((socket) =>
        socket.write(`${jsonHead(200, `content-length: ${codes.length}`)}${codes}`)
      )
      const client = yield* clientAt(yield* opened(layer), server.baseUrl)
      performance.clearResourceTimings()
      for (const operation of operations) yield* Effect.exit(calls[operation](client))
      yield* turns(8)
      const kept = performance.getEntries().map((entry) => JSON.stringify(entry))
      const names = found(kept.join("\n")).map((finding) => finding.split(" ", 1)[0])
      assert.deepStrictEqual([...new Set(names)], name === "fetch" ? ["otp"] : [])
    })
  )
})
