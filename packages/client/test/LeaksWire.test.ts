/**
 * No secret leaks over real sockets: each hostile server on one of Node's transports, and each connection failure on all of
 * them. LeaksWire.integration.test.ts has each hostile server on each transport.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { createServer } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { createServer as createSocketServer } from "node:net"
import { clientAt, nothingLeaksFromHostileServers, openTransport, statuses, transports } from "./suites/LeaksWire.ts"
import { canaries, findCanaries } from "./support/Canaries.ts"
import { certificate } from "../../../test/support/Certificate.ts"
import { jsonHead } from "./support/HostileReply.ts"
import { listening } from "../../../test/support/listening.ts"
import { distinctOperations } from "./support/operations.ts"
import { assertNoSecrets, observe } from "./support/Sinks.ts"
import { turns } from "../../../test/support/Spans.ts"
import { wireServer } from "./support/WireServer.ts"
import { calls } from "./support/Worst.ts"

/** Origins to which no HTTP connection can be made. */
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

describe.each(transports)("nothing leaks over $name", ({ layer, name }) => {
  const turn = transports.findIndex((transport) => transport.name === name)
  // One transport gets half of the operations, and the next one the others.
  const some = distinctOperations.filter((_, at) => (at + turn) % 2 === 0)
  nothingLeaksFromHostileServers(layer, (index) => {
    const status = statuses[Math.floor(index / transports.length) % statuses.length]
    return status !== undefined && index % transports.length === turn ? [status] : []
  })

  it.effect.each(Object.entries(unreachable))("when %s", ([what, origin]) =>
    Effect.gen(function* () {
      const client = yield* clientAt(yield* openTransport(layer), `${yield* origin}/metal/v1`)
      for (const operation of some) {
        const { exit, sinks } = yield* observe(calls[operation](client))
        assert.isTrue(Exit.isFailure(exit), operation)
        assertNoSecrets(sinks, `${operation}, ${what}`)
      }
    })
  )

  it.effect.each([
    { where: "before its reply", reply: "" },
    { where: "in its body", reply: `${jsonHead(200, "content-length: 1000")}{"recovery_codes":["${canaries.code}` }
  ])("when a call is interrupted $where", ({ reply }) =>
    Effect.gen(function* () {
      const server = yield* wireServer((socket) => void socket.write(reply))
      const client = yield* clientAt(yield* openTransport(layer), server.baseUrl)
      for (const operation of some) {
        const interrupting = Effect.andThen(server.received, turns(8))
        const { sinks } = yield* observe(Effect.raceFirst(calls[operation](client), interrupting))
        assertNoSecrets(sinks, operation)
        yield* server.closed
      }
    })
  )

  it.effect("into Node's performance timeline, except for the URLs of fetch", () =>
    Effect.gen(function* () {
      const server = yield* wireServer((socket) =>
        socket.write(`${jsonHead(200, `content-length: ${codes.length}`)}${codes}`)
      )
      const client = yield* clientAt(yield* openTransport(layer), server.baseUrl)
      performance.clearResourceTimings()
      for (const operation of distinctOperations) yield* Effect.exit(calls[operation](client))
      yield* turns(8)
      const kept = performance.getEntries().map((entry) => JSON.stringify(entry))
      const names = findCanaries(kept.join("\n")).map((finding) => finding.split(" ", 1)[0])
      assert.deepStrictEqual([...new Set(names)], name === "fetch" ? ["otp"] : [])
    })
  )
})
