/** An API server that records its requests, and two servers on other origins, which may never get a request. */
import { assert } from "@effect/vitest"
import { Endpoint } from "@metal-otp/schema"
import { Effect } from "effect"
import type { ServerResponse } from "node:http"
import type { Spec } from "./Calls.ts"
import { pageCanary } from "./Canaries.ts"
import type { Driver, PlatformName } from "./Drivers.ts"
import { operations } from "./operations.ts"
import { headerValues, type ReceivedRequest, recordingServer } from "./Recording.ts"
import { trustedCertificate } from "./Trusted.ts"

const done = (response: ServerResponse) => response.writeHead(204).end()

/** `here` is the API, and answers by `script`. `there` has another port, and `secure` another scheme. */
export const origins = Effect.gen(function* () {
  const made = yield* trustedCertificate
  const script: { reply: (response: ServerResponse) => void } = { reply: done }
  const here = yield* recordingServer((response) => script.reply(response))
  const there = yield* recordingServer(done)
  const secure = yield* recordingServer((response) => script.reply(response), made)
  return { script, here, there, secure }
})

export type Origins = Effect.Success<typeof origins>

export const token = "cAnArY-tOkEn"
export const otp = "cAnArY-oTp/../?#%"

/** A call of each operation. */
export const specs = (baseUrl: string): ReadonlyArray<Spec> =>
  operations.map((operation) => ({ operation, baseUrl, token, otp }))

const plain = ["host", "connection", "x-auth-token", "accept", "accept-encoding", "content-length"]
const ours = [...plain, "user-agent"]

/** The names of all headers that each transport may send. */
const headerNames: Record<PlatformName, RegExp> = {
  fetch: new RegExp(`^(?:${plain.join("|")}|user-agent|accept-language|sec-fetch-mode|pragma|cache-control)$`),
  undici: new RegExp(`^(?:${ours.join("|")})$`),
  "node:http": new RegExp(`^(?:${ours.join("|")})$`),
  Chromium: new RegExp(`^(?:${plain.join("|")}|origin|user-agent|accept-language|sec-[a-z-]+|pragma|cache-control)$`)
}

/** The path that a call should request. */
const pathOf = (spec: Spec) =>
  new URL(spec.baseUrl).pathname +
  Endpoint.endpoints[spec.operation].path.replace("{otp}", encodeURIComponent(spec.otp ?? ""))

/** Asserts that a request is the one of a call, and has no other headers than it needs. */
export const assertRequest = (name: PlatformName, request: ReceivedRequest | undefined, spec: Spec) => {
  if (request === undefined) return assert.fail("no request arrived")
  assert.deepStrictEqual(
    [request.method, request.url, request.body],
    [Endpoint.endpoints[spec.operation].method, pathOf(spec), ""]
  )
  assert.deepStrictEqual(headerValues(request, "x-auth-token"), [spec.callToken ?? spec.token])
  const isInHeader = Endpoint.endpoints[spec.operation].group === "TwoFactorAuth"
  assert.deepStrictEqual(headerValues(request, "x-otp-token"), isInHeader ? [spec.otp ?? "123456"] : [])
  if (name !== "Chromium") assert.match(headerValues(request, "user-agent").join(), /^metal-otp\/\d+\.\d+\.\d+$/)
  for (const [header, value] of request.headers) {
    if (header !== "x-otp-token") assert.match(header, headerNames[name])
    assert.notInclude(value, pageCanary)
    if (header !== "x-auth-token" && header !== "x-otp-token") assert.notMatch(value, /cAnArY/i)
  }
}

/** Asserts that the preflights of a browser give away the URL alone. */
export const assertPreflights = (preflights: ReadonlyArray<ReceivedRequest>) => {
  for (const preflight of preflights) {
    assert.match(headerValues(preflight, "access-control-request-headers").join(), /^x-auth-token(?:,x-otp-token)?$/)
    for (const [header, value] of preflight.headers) {
      assert.notMatch(header, /^(?:x-auth-token|x-otp-token|cookie|referer|authorization|traceparent|b3)$/)
      assert.notMatch(value, /cAnArY/i)
    }
  }
}

/**
 * Asserts that no request has arrived at other origins. It then calls each of them: that request is the first, which shows
 * that an earlier one would have been recorded.
 */
export const assertNoOtherRequests = Effect.fnUntraced(function* (
  name: PlatformName,
  driver: Driver,
  all: Origins,
  others: ReadonlyArray<"here" | "there" | "secure">
) {
  all.script.reply = done
  for (const { requests, baseUrl, connections } of others.map((other) => all[other])) {
    assert.strictEqual(connections(), 0)
    const last: Spec = { operation: "receiveCodes", baseUrl, token: "another token" }
    const report = yield* driver.call(last)
    assert.strictEqual(report.tag, "Success")
    assert.strictEqual(requests.length, 1)
    assertRequest(name, requests[0], last)
  }
})
