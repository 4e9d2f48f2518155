/** An API that records, and two other origins where nothing may ever arrive. */
import { assert } from "@effect/vitest"
import { Endpoint } from "@metal-otp/schema"
import { Effect } from "effect"
import type { ServerResponse } from "node:http"
import type { Spec } from "./Calls.ts"
import { pageCanary } from "./Canaries.ts"
import type { Driver, Name } from "./Drivers.ts"
import { operations } from "./operations.ts"
import { type Arrived, recording, valuesOf } from "./Recording.ts"
import { trustedCertificate } from "./Trusted.ts"

const done = (response: ServerResponse) => response.writeHead(204).end()

/** `here` answers as it is told; `there` is another port, and `secure` another scheme. */
export const origins = Effect.gen(function* () {
  const made = yield* trustedCertificate
  const script: { reply: (response: ServerResponse) => void } = { reply: done }
  const here = yield* recording((response) => script.reply(response))
  const there = yield* recording(done)
  const secure = yield* recording((response) => script.reply(response), made)
  return { script, here, there, secure }
})

export type Origins = Effect.Success<typeof origins>

export const token = "cAnArY-tOkEn"
export const otp = "cAnArY-oTp/../?#%"

/** Each operation, in the plainest way. */
export const specs = (baseUrl: string): ReadonlyArray<Spec> =>
  operations.map((operation) => ({ operation, baseUrl, token, otp }))

const plain = ["host", "connection", "x-auth-token", "accept", "accept-encoding", "content-length"]
const ours = [...plain, "user-agent"]

/** The headers that each transport sends: its own, besides what the client asks for. */
const named: Record<Name, RegExp> = {
  fetch: new RegExp(`^(?:${plain.join("|")}|user-agent|accept-language|sec-fetch-mode|pragma|cache-control)$`),
  undici: new RegExp(`^(?:${ours.join("|")})$`),
  "node:http": new RegExp(`^(?:${ours.join("|")})$`),
  Chromium: new RegExp(`^(?:${plain.join("|")}|origin|user-agent|accept-language|sec-[a-z-]+|pragma|cache-control)$`)
}

/** The path of a request, as a `Spec` asks for it. */
const pathOf = (spec: Spec) =>
  new URL(spec.baseUrl).pathname +
  Endpoint.endpoints[spec.operation].path.replace("{otp}", encodeURIComponent(spec.otp ?? ""))

/** One request came, the one that was asked for, and it tells nobody more than it must. */
export const assertAsked = (name: Name, arrived: Arrived | undefined, spec: Spec) => {
  if (arrived === undefined) return assert.fail("nothing came")
  assert.deepStrictEqual(
    [arrived.method, arrived.url, arrived.body],
    [Endpoint.endpoints[spec.operation].method, pathOf(spec), ""]
  )
  assert.deepStrictEqual(valuesOf(arrived, "x-auth-token"), [spec.callToken ?? spec.token])
  const isInHeader = Endpoint.endpoints[spec.operation].group === "TwoFactorAuth"
  assert.deepStrictEqual(valuesOf(arrived, "x-otp-token"), isInHeader ? [spec.otp ?? "123456"] : [])
  if (name !== "Chromium") assert.match(valuesOf(arrived, "user-agent").join(), /^metal-otp\/\d+\.\d+\.\d+$/)
  for (const [header, value] of arrived.headers) {
    if (header !== "x-otp-token") assert.match(header, named[name])
    assert.notInclude(value, pageCanary)
    if (header !== "x-auth-token" && header !== "x-otp-token") assert.notMatch(value, /cAnArY/i)
  }
}

/** A browser asks first, and tells no more by it than the URL. */
export const assertPreflights = (preflights: ReadonlyArray<Arrived>) => {
  for (const preflight of preflights) {
    assert.match(valuesOf(preflight, "access-control-request-headers").join(), /^x-auth-token(?:,x-otp-token)?$/)
    for (const [header, value] of preflight.headers) {
      assert.notMatch(header, /^(?:x-auth-token|x-otp-token|cookie|referer|authorization|traceparent|b3)$/)
      assert.notMatch(value, /cAnArY/i)
    }
  }
}

/**
 * Nothing has come to the other origins: what comes first is what is sent there
 * now, which shows that whatever went there would have arrived.
 */
export const assertNowhereElse = Effect.fnUntraced(function* (
  name: Name,
  driver: Driver,
  all: Origins,
  others: ReadonlyArray<"here" | "there" | "secure">
) {
  all.script.reply = done
  for (const { arrived, baseUrl, connections } of others.map((other) => all[other])) {
    assert.strictEqual(connections(), 0)
    const last: Spec = { operation: "receiveCodes", baseUrl, token: "another token" }
    const report = yield* driver.call(last)
    assert.strictEqual(report.tag, "Success")
    assert.strictEqual(arrived.length, 1)
    assertAsked(name, arrived[0], last)
  }
})
