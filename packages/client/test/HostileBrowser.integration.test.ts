/** Calls to hostile servers from a page in Chromium, each followed by a call that must succeed. */
import { assert, describe, layer } from "@effect/vitest"
import { Endpoint, type Operation } from "@metal-otp/schema"
import { Context, Effect, Equal, Layer, Scope } from "effect"
import type { Socket } from "node:net"
import { needsChromium } from "../../../test/support/Chromium.ts"
import type { Report, Spec } from "./support/Calls.ts"
import { canaries, findCanaries } from "./support/Canaries.ts"
import * as ClientPage from "./support/ClientPage.ts"
import { assertHarmless, unsafe } from "./support/Harmless.ts"
import {
  answerWell,
  type Expected,
  expectation,
  hangsInBrowser,
  type Scenario,
  scenarios,
  type Status,
  statuses
} from "./support/HostileServers.ts"
import { eventually } from "../../../test/support/Spans.ts"
import { wireServer } from "./support/WireServer.ts"

type Opened = Effect.Success<ReturnType<typeof ClientPage.openPage>>

/** One page for all scenarios. Hostile replies crash Chromium's network service: a new browser then replaces one that has ended. */
class Page extends Context.Service<Page, Effect.Effect<Opened>>()("@metal-otp/client/test/HostileBrowser/Page") {
  static readonly layer = Layer.effect(
    Page,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const open = Effect.flatMap(ClientPage.browser, ClientPage.openPage).pipe(Scope.provide(scope))
      let opened = yield* open
      return Effect.gen(function* () {
        if (opened.context.browser()?.isConnected() !== true) opened = yield* open
        return opened
      })
    })
  )
}

/** Each operation and each status. A transport treats all operations the same, so not every pair is needed. */
const pairs: ReadonlyArray<readonly [operation: Operation.Operation, status: Status]> = [
  ["regenerateCodes", 200],
  ["receiveCodes", 204],
  ["findRecoveryCodes", 401],
  ["findEnsureOtp", 401]
]

/** The timeouts in milliseconds, for a reply that ends and for one that does not. */
const longTimeout = 10_000
const shortTimeout = 300

const isKept = ({ keepsConnection, on }: Scenario) => keepsConnection === true || on?.browser?.keepsConnection === true

/** A large body after a 204, which has none, may also be taken for the reply to the next request. */
const spoils = ({ largeWith, on }: Scenario, status: Status) =>
  on?.browser?.spoilsOthers === true || (status === 204 && largeWith !== undefined)

/** Messages of the browser itself, which may quote the server. */
const browserMessage = /^(?:Failed to load resource: |Access to fetch at )/

const assertClean = (texts: ReadonlyArray<string>) => {
  for (const text of texts) {
    assert.notMatch(text.replaceAll("\n", " "), unsafe)
    assert.deepStrictEqual(findCanaries(text), [])
  }
}

/** The expected fields of a report, as JSON, since a page returns JSON. */
const fieldsOf = ({ codes, fields, tag }: Report, expected: Expected) => {
  const all: Record<string, unknown> = { ...fields, _tag: tag, recoveryCodes: codes }
  return Object.keys(expected).map((key) => [key, JSON.stringify(all[key])])
}

/**
 * Makes a call to a hostile server, then one that the server answers well, and gives their actual and expected results.
 * If the hostile reply spoils the connection, the second call may have any result, and a third one follows when the
 * connection has ended.
 */
const attack = Effect.fnUntraced(function* (
  scenario: Scenario,
  operation: Operation.Operation,
  status: Status,
  timeout: number
) {
  const { inOrder } = yield* yield* Page
  const attacked: Array<Socket> = []
  let answered = 0
  const { baseUrl, open } = yield* wireServer((socket, head) => {
    if (head.includes(canaries.callToken)) {
      answered++
      return answerWell(socket, operation)
    }
    attacked.push(socket)
    return scenario.answer(socket, status)
  })
  const spec: Spec = { operation, baseUrl, token: canaries.token, otp: canaries.otp, timeout }
  const nextSpec: Spec = { ...spec, token: canaries.callToken, timeout: longTimeout }
  const spoilt = spoils(scenario, status)
  const [report, after] = yield* inOrder(spec, spoilt ? { ...nextSpec, timeout: shortTimeout } : nextSpec)
  if (report === undefined || after === undefined) return assert.fail("no report")
  const reports = [report, after]
  if (spoilt) {
    for (const socket of open) socket.destroy()
    answered = 0
    reports.push(...(yield* inOrder(nextSpec)))
  }
  for (const { fields, tag, texts } of reports) {
    assert.notStrictEqual(tag, "Defect")
    assertHarmless(fields, [fields["error"], fields["errors"]].flat().join(" "))
    assertClean(texts)
  }
  if (!isKept(scenario)) yield* eventually(() => attacked.every((socket) => socket.closed))
  const next = reports.at(-1)
  const expected = expectation(scenario, "browser", status)
  return {
    actual: [fieldsOf(report, expected), attacked.length, next?.tag, next?.codes, answered],
    expected: [
      Object.entries(expected).map(([key, value]) => [key, JSON.stringify(value)]),
      scenario.on?.browser?.requests ?? 1,
      "Success",
      Endpoint.endpoints[operation].success === 204 ? [] : ["fine"],
      1
    ]
  }
}, Effect.scoped)

describe("hostile servers on Chromium", needsChromium, () => {
  layer(Page.layer, { timeout: "30 seconds" })((it) => {
    let members: string | undefined

    it.effect.each(scenarios)(
      "$name",
      (scenario) =>
        Effect.gen(function* () {
          const { driver, page } = yield* yield* Page
          const prototype = Effect.promise(() =>
            page.evaluate(() => Reflect.ownKeys(Object.prototype).map(String).join(" "))
          )
          members ??= yield* prototype
          const before = driver.pageOutput.length
          yield* Effect.forEach(
            pairs.filter(([operation, status]) => statuses(scenario, operation).includes(status)),
            Effect.fnUntraced(function* ([operation, status]) {
              const attacked = (timeout: number) => attack(scenario, operation, status, timeout)
              const { actual, expected } = yield* hangsInBrowser(scenario)
                ? // On a busy machine, the deadline may pass before the reply arrives.
                  Effect.flatMap(attacked(shortTimeout), (result) =>
                    Equal.equals(result.actual, result.expected) ? Effect.succeed(result) : attacked(longTimeout)
                  )
                : attacked(longTimeout)
              assert.deepStrictEqual(actual, expected)
            }),
            { concurrency: spoils(scenario, 200) ? 1 : "unbounded" }
          )
          assert.strictEqual(yield* prototype, members)
          assertClean(driver.pageOutput.slice(before).filter((text) => !browserMessage.test(text)))
        }),
      ClientPage.retries
    )
  })
})
