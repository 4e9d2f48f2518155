/** The client against hostile servers, over real sockets, on each of Node's transports. */
import { assert, describe, it } from "@effect/vitest"
import { type Operation, type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Socket } from "node:net"
import { fields } from "../support/fields.ts"
import { assertHarmless } from "../support/Harmless.ts"
import { behave, expectation, type Scenario, scenarios, type Status, statuses } from "../support/HostileServers.ts"
import { call } from "../support/operations.ts"
import { eventually, turns } from "../../../../test/support/Spans.ts"
import { wired } from "../support/WireServer.ts"
import { isBridged, nodeLayers } from "../support/NodeLayers.ts"

export const transports = [
  { name: "fetch", as: "fetch", layer: nodeLayers.fetch },
  { name: "undici", as: "undici", layer: nodeLayers.undici },
  { name: "node:http", as: "node:http", layer: nodeLayers.nodeHttp },
  {
    name: "node:http that keeps connections",
    as: "node:http",
    layer: nodeLayers.nodeHttpWith({ keepAlive: true })
  }
] as const

const members = Reflect.ownKeys(Object.prototype)

/** What a call came to, to compare: its codes, or the fields of its failure. */
const ended = Effect.match({
  onFailure: (error: OtpsError.OtpsError) => {
    assertHarmless(error, `${error.message} ${"messages" in error ? error.messages.join(" ") : ""}`)
    assert.deepStrictEqual(Reflect.ownKeys(Object.prototype), members)
    return fields(error)
  },
  onSuccess: (list: unknown): Record<string, unknown> => ({
    _tag: "Success",
    ...(list instanceof RecoveryCodeList.RecoveryCodeList ? { recoveryCodes: RecoveryCodeList.values(list) } : {})
  })
})

/**
 * What the client's node:http has no end of. Node gives the connection of an upgrade away, and the transport of Effect 3
 * does not take it: the body never ends, so that the deadline ends the call, and the connection stays open.
 */
const lost: ReadonlySet<string> = new Set(isBridged ? ["101, and another protocol"] : [])

/** Which operations meet a scenario, by its place among them. */
export type Choice = (index: number) => ReadonlyArray<Operation.Operation>

export const hostileServersOn = ({ as, layer, name }: (typeof transports)[number], choice: Choice) =>
  describe(`hostile servers on ${name}`, () => {
    const attack = Effect.fnUntraced(function* (scenario: Scenario, operation: Operation.Operation, status: Status) {
      const attacked: Array<Socket> = []
      const { client, heads, server } = yield* wired(
        (socket) => {
          if (server.requests.length > 1) return behave(socket, operation)
          attacked.push(socket)
          scenario.answer(socket, status)
        },
        {},
        layer
      )
      const fiber = yield* Effect.forkChild(ended(call[operation](client)))
      if (scenario.hangs !== undefined) {
        const come = scenario.hangs === "head" ? () => attacked.length === 1 : () => heads() === 1
        yield* eventually(() => come() || fiber.pollUnsafe() !== undefined)
        yield* turns(5)
        yield* TestClock.adjust("10 seconds")
      }
      const expected = expectation(scenario, as, status)
      const came = yield* Fiber.join(fiber)
      assert.deepStrictEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, came[key]])), { ...expected })
      assert.strictEqual(server.requests.length, 1)
      if (scenario.whole !== true && scenario.whole !== as)
        yield* eventually(() => attacked.every((socket) => socket.closed))

      const next = yield* ended(call[operation](client))
      assert.deepInclude(next, { _tag: "Success" })
      if ("recoveryCodes" in next) assert.deepStrictEqual(next["recoveryCodes"], ["fine"])
      assert.strictEqual(server.requests.length, 2)
    })

    const met = scenarios
      .map((scenario, index) => ({ name: scenario.name, scenario, index }))
      .filter(({ name }) => !(as === "node:http" && lost.has(name)))

    it.effect.each(met)("$name", ({ index, scenario }) =>
      Effect.gen(function* () {
        for (const operation of choice(index)) {
          for (const status of statuses(scenario, operation)) {
            yield* Effect.scoped(attack(scenario, operation, status))
          }
        }
      })
    )
  })
