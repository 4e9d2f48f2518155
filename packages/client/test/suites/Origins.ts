/**
 * A call sends its one request to the API and nothing anywhere else, whatever a reply asks for: servers on several origins
 * record all requests.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Spec } from "../support/Calls.ts"
import { type Driver, type PlatformName, Drivers, type Platform } from "../support/Drivers.ts"
import { operations } from "../support/operations.ts"
import {
  assertNoOtherRequests,
  assertPreflights,
  assertRequest,
  origins,
  type Origins,
  otp,
  specs,
  token
} from "../support/Origins.ts"
import { headerValues } from "../support/Recording.ts"

/** The targets of redirects. */
const targets: Readonly<Record<string, (origins: Origins) => string>> = {
  "another path": ({ here }) => `http://${here.authority}/elsewhere`,
  "a relative path": () => "elsewhere",
  "an absolute path": () => "/elsewhere",
  "a query": () => "?again",
  nowhere: () => "",
  "the same port of another host": ({ here }) => `http://localhost:${here.port}/`,
  "another port": ({ there }) => there.baseUrl,
  "another port of another host": ({ there }) => `http://localhost:${there.port}/`,
  "another scheme": ({ secure }) => secure.baseUrl,
  "another authority, by the same scheme": ({ there }) => `//${there.authority}/`,
  "one with credentials": ({ there }) => `http://user:password@${there.authority}/`,
  "a data URL": () => "data:application/json,{}",
  "a script": () => "javascript:void(0)",
  "a file": () => "file:///etc/passwd",
  "no URL": () => "http://[/"
}

const statuses = [301, 302, 303, 307, 308]

/** Calls each operation once, checks each request at the server, and gives the tags of the reports. */
const callEach = Effect.fnUntraced(function* (name: PlatformName, driver: Driver, at: Origins["here"]) {
  const tags: Array<string> = []
  for (const spec of specs(at.baseUrl)) {
    const before = at.requests.length
    const report = yield* driver.call(spec)
    tags.push(report.tag)
    assert.strictEqual(at.requests.length, before + 1)
    assertRequest(name, at.requests.at(-1), spec)
  }
  assertPreflights(at.preflights)
  return tags
})

/** A call of another operation in each turn. */
const oneOf = (at: Origins["here"], turn: number): Spec => {
  const all = specs(at.baseUrl)
  return all[turn % all.length] ?? { operation: "receiveCodes", baseUrl: at.baseUrl, token }
}

/** Chromium fails on a redirect without a valid URL. Every other redirect gives an opaque reply. */
const failsOn = (name: PlatformName, target: string) => name === "Chromium" && target === "no URL"

const page = ({ there }: Origins) =>
  `<meta http-equiv="refresh" content="0; url=${there.baseUrl}"><img src="${there.baseUrl}"><base href="${there.baseUrl}">`

/** Headers that ask a client to request, keep or reveal something. */
const demandingHeaders = ({ here, there, secure }: Origins) => ({
  refresh: `0; url=${there.baseUrl}`,
  link: `<${there.baseUrl}>; rel=preload; as=fetch, <${there.baseUrl}>; rel=preconnect`,
  "alt-svc": `http/1.1="${there.authority}"; ma=3600, h2="${secure.authority}"; ma=3600`,
  "content-location": there.baseUrl,
  "set-cookie": [
    "a=1",
    "b=1; Path=/; HttpOnly",
    "c=1; Path=/; Max-Age=3600; SameSite=Lax",
    "d=1; Path=/; Domain=127.0.0.1; SameSite=Strict",
    "e=1; Path=/; SameSite=None; Secure; Partitioned"
  ],
  "www-authenticate": ['Basic realm="metal"', "Negotiate", `Digest realm="metal", nonce="n"`],
  "proxy-authenticate": 'Basic realm="metal"',
  "reporting-endpoints": `default="${there.baseUrl}"`,
  "report-to": JSON.stringify({ group: "default", max_age: 3600, endpoints: [{ url: there.baseUrl }] }),
  nel: '{"report_to":"default","max_age":3600,"success_fraction":1,"failure_fraction":1}',
  "content-security-policy": `default-src 'none'; report-uri ${there.baseUrl}`,
  "cache-control": "public, max-age=3600, immutable",
  etag: '"1"',
  "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT",
  "retry-after": "0",
  sourcemap: `http://${here.authority}/map`,
  "accept-ch": "Sec-CH-UA-Full-Version-List, Device-Memory, Viewport-Width",
  "content-type": "text/html"
})

export const originsFrom = ({ name, options, layer: platform }: Platform) =>
  describe(`origins, from ${name}`, options, () => {
    layer(platform, { timeout: "30 seconds" })((it) => {
      const opened = Effect.gen(function* () {
        const { open } = yield* Drivers
        return { driver: yield* open, all: yield* origins }
      })

      it.effect("no redirect is followed", () =>
        Effect.gen(function* () {
          const { all, driver } = yield* opened
          let calls = 0
          for (const [target, location] of Object.entries(targets)) {
            for (const status of statuses) {
              all.script.reply = (response) => response.writeHead(status, { location: location(all) }).end()
              const spec = oneOf(all.here, calls++)
              const report = yield* driver.call(spec)
              const expected = failsOn(name, target) ? "TransportFailure" : "UnexpectedStatus"
              assert.deepInclude(report.fields, { _tag: expected, outcome: "Unknown" }, `${status} to ${target}`)
              assert.strictEqual(all.here.requests.length, calls, `${status} to ${target}`)
              assertRequest(name, all.here.requests.at(-1), spec)
            }
          }
          assertPreflights(all.here.preflights)
          yield* assertNoOtherRequests(name, driver, all, ["there", "secure"])
        })
      )

      it.effect("no redirect from https: to http: is followed", () =>
        Effect.gen(function* () {
          const { all, driver } = yield* opened
          for (const status of statuses) {
            all.script.reply = (response) => response.writeHead(status, { location: all.here.baseUrl }).end()
            const tags = yield* callEach(name, driver, all.secure)
            assert.deepStrictEqual(
              tags,
              Array.from(tags, () => "UnexpectedStatus")
            )
          }
          yield* assertNoOtherRequests(name, driver, all, ["here", "there"])
        })
      )

      it.effect("headers and a page that ask for more have no effect on this call or the next", () =>
        Effect.gen(function* () {
          const { all, driver } = yield* opened
          const { requests } = all.here
          for (const status of [200, 401, 403, 407, 418, 429, 500, 503]) {
            all.script.reply = (response) => response.writeHead(status, demandingHeaders(all)).end(page(all))
            assert.deepStrictEqual(
              yield* callEach(name, driver, all.here),
              yield* callEach(name, driver, all.here),
              `${status}`
            )
          }
          const first = requests.slice(0, operations.length)
          for (let i = 0; i < requests.length; i += first.length) {
            assert.deepStrictEqual(requests.slice(i, i + first.length), first)
          }
          yield* assertNoOtherRequests(name, driver, all, ["there", "secure"])
        })
      )

      it.effect("each call sends its own token", () =>
        Effect.gen(function* () {
          const { all, driver } = yield* opened
          const { here } = all
          for (const spec of specs(here.baseUrl)) {
            const own = { ...spec, callToken: `${token}-own` }
            yield* driver.call(own)
            assertRequest(name, here.requests.at(-1), own)
            yield* driver.call(spec)
            assertRequest(name, here.requests.at(-1), spec)
          }
          const tokens = here.requests.flatMap((request) => headerValues(request, "x-auth-token"))
          assert.deepStrictEqual(
            tokens,
            specs("").flatMap(() => [`${token}-own`, token])
          )
          yield* assertNoOtherRequests(name, driver, all, ["there", "secure"])
        })
      )

      it.effect("a transport that adds trace headers sends those of the client's span", () =>
        Effect.gen(function* () {
          const { all, driver } = yield* opened
          const { here } = all
          yield* driver.call({ operation: "findEnsureOtp", baseUrl: here.baseUrl, token, otp, wrapper: "propagating" })
          const [request, ...rest] = here.requests
          if (request === undefined) return assert.fail("no request arrived")
          assert.isEmpty(rest)
          assert.match(headerValues(request, "traceparent").join(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
          assert.match(headerValues(request, "b3").join(), /^[0-9a-f]{32}-[0-9a-f]{16}-1-[0-9a-f]{16}$/)
        })
      )
    })
  })
