/** Hostile servers, to which nothing may give a secret away. */
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
import { authToken, bothOf, calls } from "../support/Worst.ts"
import { nodeLayers } from "../support/NodeLayers.ts"

export const transports = [
  { name: "fetch", layer: nodeLayers.fetch },
  { name: "undici", layer: nodeLayers.undici },
  { name: "node:http", layer: nodeLayers.nodeHttp }
]

export const opened = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.map(Layer.build(Layer.fresh(transport)), Context.get(HttpClient.HttpClient))

export const clientAt = (http: HttpClient.HttpClient, baseUrl: string) =>
  bothOf({ authToken, baseUrl, retryPolicy: RetryPolicy.none }).pipe(Effect.provideService(HttpClient.HttpClient, http))

export const statuses: ReadonlyArray<Status> = [200, 204, 401]

/** Lets the event loop turn, and the deadline pass after some turns. */
const patience = (least: number) => {
  let turn = 0
  return Effect.suspend(() => (++turn % least === 0 ? TestClock.adjust("10 seconds") : turns(1)))
}

/** `choice` is of the statuses that a scenario is tried with, by its place among them. */
export const nothingLeaksFromHostileServers = (
  layer: Layer.Layer<HttpClient.HttpClient>,
  choice: (index: number) => ReadonlyArray<Status>
) =>
  it.effect(
    "from a hostile server",
    () =>
      Effect.gen(function* () {
        const http = yield* opened(layer)
        let turn = 0
        for (const [index, scenario] of scenarios.entries()) {
          for (const status of scenario.same === true ? statuses.slice(0, 1) : choice(index)) {
            const operation = operations[turn++ % operations.length] ?? "receiveCodes"
            yield* Effect.scoped(
              Effect.gen(function* () {
                const { baseUrl } = yield* wireServer((socket) => scenario.answer(socket, status))
                const { sinks } = yield* observe(calls[operation](yield* clientAt(http, baseUrl)), patience(8))
                assertNoSecrets(sinks, `${operation}, ${scenario.name}, ${status}`)
              })
            )
          }
        }
      }),
    180_000
  )
