/** Calls to hostile servers over real sockets, with all that somebody could read searched for secrets. */
import { it } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { Context, Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { turns } from "../../../../test/support/Spans.ts"
import { scenarios, type Status } from "../support/HostileServers.ts"
import { operations } from "../support/operations.ts"
import { assertNoSecrets, observe } from "../support/Sinks.ts"
import { wireServer } from "../support/WireServer.ts"
import { authToken, clientWithUser, calls } from "../support/Worst.ts"
import { nodeLayers } from "../support/NodeLayers.ts"

export const transports = [
  { name: "fetch", layer: nodeLayers.fetch },
  { name: "undici", layer: nodeLayers.undici },
  { name: "node:http", layer: nodeLayers.nodeHttp }
]

/** Opens a transport with its own connections. */
export const openTransport = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.map(Layer.build(Layer.fresh(transport)), Context.get(HttpClient.HttpClient))

export const clientAt = (http: HttpClient.HttpClient, baseUrl: string) =>
  clientWithUser({ authToken, baseUrl, retryPolicy: RetryPolicy.none }).pipe(
    Effect.provideService(HttpClient.HttpClient, http)
  )

export const statuses: ReadonlyArray<Status> = [200, 204, 401]

/** A step for `observe`: lets the event loop turn, and advances the clock to the deadline in every eighth step. */
const step = () => {
  let turn = 0
  return Effect.suspend(() => (++turn % 8 === 0 ? TestClock.adjust("10 seconds") : turns(1)))
}

/**
 * Tests that no hostile server makes a call show a secret.
 *
 * @param choice chooses the statuses of a scenario by its index. A scenario without a status is left out
 */
export const nothingLeaksFromHostileServers = (
  layer: Layer.Layer<HttpClient.HttpClient>,
  choice: (index: number) => ReadonlyArray<Status>
) =>
  it.effect(
    "from a hostile server",
    () =>
      Effect.gen(function* () {
        const http = yield* openTransport(layer)
        let turn = 0
        for (const [index, scenario] of scenarios.entries()) {
          const chosen = choice(index)
          for (const status of scenario.ignoresStatus === true ? chosen.slice(0, 1) : chosen) {
            const operation = operations[turn++ % operations.length] ?? "receiveCodes"
            yield* Effect.scoped(
              Effect.gen(function* () {
                const { baseUrl } = yield* wireServer((socket) => scenario.answer(socket, status))
                const { sinks } = yield* observe(calls[operation](yield* clientAt(http, baseUrl)), step())
                assertNoSecrets(sinks, `${operation}, ${scenario.name}, ${status}`)
              })
            )
          }
        }
      }),
    180_000
  )
