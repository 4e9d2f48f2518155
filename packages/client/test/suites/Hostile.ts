/** The client against hostile servers, over real sockets, on each of Node's transports. */
import { assert, describe, it } from "@effect/vitest"
import { type Operation, type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Socket } from "node:net"
import { fields } from "../support/fields.ts"
import { assertHarmless } from "../support/Harmless.ts"
import { answerWell, expectation, type Scenario, scenarios, type Status, statuses } from "../support/HostileServers.ts"
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

/** Runs a call, checks that its failure is harmless, and gives its codes or the fields of its failure. */
const resultOf = Effect.match({
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
 * Scenarios that the node:http transport of Effect 3 leaves open. Node hands over the connection of an upgrade, and that
 * transport does not take it: the body never ends, so the deadline ends the call, and the connection stays open.
 */
const neverClosed: ReadonlySet<string> = new Set(isBridged ? ["101, and another protocol"] : [])

/** Chooses the operations for a scenario by its index. A scenario without an operation is left out. */
export type Choice = (index: number) => ReadonlyArray<Operation.Operation>

export const hostileServersOn = ({ as, layer, name }: (typeof transports)[number], choice: Choice) =>
  describe(`hostile servers on ${name}`, () => {
    const attack = Effect.fnUntraced(function* (scenario: Scenario, operation: Operation.Operation, status: Status) {
      const attacked: Array<Socket> = []
      const { client, heads, server } = yield* wired(
        (socket) => {
          if (server.requests.length > 1) return answerWell(socket, operation)
          attacked.push(socket)
          scenario.answer(socket, status)
        },
        {},
        layer
      )
      const fiber = yield* Effect.forkChild(resultOf(call[operation](client)))
      if (scenario.hangs !== undefined) {
        const hasStarted = scenario.hangs === "head" ? () => attacked.length === 1 : () => heads() === 1
        yield* eventually(() => hasStarted() || fiber.pollUnsafe() !== undefined)
        yield* turns(5)
        yield* TestClock.adjust("10 seconds")
      }
      const expected = expectation(scenario, as, status)
      const result = yield* Fiber.join(fiber)
      assert.deepStrictEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, result[key]])), {
        ...expected
      })
      assert.strictEqual(server.requests.length, 1)
      if (scenario.keepsConnection !== true && scenario.keepsConnection !== as)
        yield* eventually(() => attacked.every((socket) => socket.closed))

      const next = yield* resultOf(call[operation](client))
      assert.deepInclude(next, { _tag: "Success" })
      if ("recoveryCodes" in next) assert.deepStrictEqual(next["recoveryCodes"], ["fine"])
      assert.strictEqual(server.requests.length, 2)
    })

    const answered = scenarios
      .map((scenario, index) => ({ name: scenario.name, scenario, index }))
      .filter(({ index, name }) => choice(index).length > 0 && !(as === "node:http" && neverClosed.has(name)))

    it.effect.each(answered)("$name", ({ index, scenario }) =>
      Effect.gen(function* () {
        for (const operation of choice(index)) {
          for (const status of statuses(scenario, operation)) {
            yield* Effect.scoped(attack(scenario, operation, status))
          }
        }
      })
    )
  })
