/** The client against hostile servers, in a page, on Chromium's fetch: the next call too. */
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
  behave,
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

/** One page for all scenarios, and another where its browser is no more: hostile replies crash Chromium's network service. */
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

/** Each operation and each status: which goes with which is all one to a transport. */
const pairs: ReadonlyArray<readonly [operation: Operation.Operation, status: Status]> = [
  ["regenerateCodes", 200],
  ["receiveCodes", 204],
  ["findRecoveryCodes", 401],
  ["findEnsureOtp", 401]
]

/** Milliseconds: for a reply that comes, and for one that never does. */
const patient = 10_000
const impatient = 300

const isKept = ({ on, whole }: Scenario) => whole === true || on?.browser?.whole === true

/** What is large and comes after a 204, which has no body, may also be taken for the reply to the next request. */
const spoils = ({ bulk, on }: Scenario, status: Status) =>
  on?.browser?.spoils === true || (status === 204 && bulk !== undefined)

/** What the page's console says by itself, in the words of the server. */
const ofBrowser = /^(?:Failed to load resource: |Access to fetch at )/

const assertClean = (texts: ReadonlyArray<string>) => {
  for (const text of texts) {
    assert.notMatch(text.replaceAll("\n", " "), unsafe)
    assert.deepStrictEqual(findCanaries(text), [])
  }
}

/** What a report comes to, as far as that is expected; a page gives it away as JSON. */
const ended = ({ codes, fields, tag }: Report, expected: Expected) => {
  const all: Record<string, unknown> = { ...fields, _tag: tag, recoveryCodes: codes }
  return Object.keys(expected).map((key) => [key, JSON.stringify(all[key])])
}

/**
 * One call that is attacked, and the next one, which is not: what they came to, and what that should have been. Where the
 * connection is spoilt, the one after it may end as it likes, and the next comes when the connection is no more.
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
      return behave(socket, operation)
    }
    attacked.push(socket)
    return scenario.answer(socket, status)
  })
  const spec: Spec = { operation, baseUrl, token: canaries.token, otp: canaries.otp, timeout }
  const nextSpec: Spec = { ...spec, token: canaries.callToken, timeout: patient }
  const spoilt = spoils(scenario, status)
  const [report, after] = yield* inOrder(spec, spoilt ? { ...nextSpec, timeout: impatient } : nextSpec)
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
    actual: [ended(report, expected), attacked.length, next?.tag, next?.codes, answered],
    expected: [
      Object.entries(expected).map(([key, value]) => [key, JSON.stringify(value)]),
      scenario.on?.browser?.sends ?? 1,
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
          const before = driver.said.length
          yield* Effect.forEach(
            pairs.filter(([operation, status]) => statuses(scenario, operation).includes(status)),
            Effect.fnUntraced(function* ([operation, status]) {
              const attacked = (timeout: number) => attack(scenario, operation, status, timeout)
              const { actual, expected } = yield* hangsInBrowser(scenario)
                ? // On a busy machine its deadline may come before what should come first.
                  Effect.flatMap(attacked(impatient), (result) =>
                    Equal.equals(result.actual, result.expected) ? Effect.succeed(result) : attacked(patient)
                  )
                : attacked(patient)
              assert.deepStrictEqual(actual, expected)
            }),
            { concurrency: spoils(scenario, 200) ? 1 : "unbounded" }
          )
          assert.strictEqual(yield* prototype, members)
          assertClean(driver.said.slice(before).filter((text) => !ofBrowser.test(text)))
        }),
      ClientPage.again
    )
  })
})
