/** The site and its real client, on a scripted transport: replies that the API should not send. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClients } from "@metal-otp/client"
import { Effect, Layer } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import * as Browser from "./support/Browser.ts"
import { alice, signIn, World } from "./support/World.ts"

interface Script {
  readonly reply: (request: HttpClientRequest.HttpClientRequest) => Response
  readonly requests: Array<HttpClientRequest.HttpClientRequest>
}

/** The site with a client that gets this reply to each request. */
const site = ({ reply, requests }: Script) =>
  OtpsClients.layer({ baseUrl: "https://api.example/metal/v1" }).pipe(
    Layer.provide(
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.sync(() => {
            requests.push(request)
            return HttpClientResponse.fromWeb(request, reply(request))
          })
        )
      )
    ),
    Layer.merge(World)
  )

const scripted = (reply: Script["reply"]): Script => ({ reply, requests: [] })

const json = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

/** The page that Alice sees after she sends a code. */
const verify = Effect.gen(function* () {
  const browser = yield* Browser.open
  yield* signIn(browser, alice)
  return yield* browser.submit("/second-factor", { code: "123456" })
})

describe("the site, with the transport scripted", () => {
  it.effect("sends each user's own token", () => {
    const script = scripted(({ url }) =>
      url.endsWith("/recovery-codes") ? json(200, { recovery_codes: ["a1b2c3"] }) : new Response(null, { status: 204 })
    )
    return Effect.gen(function* () {
      const seen = yield* verify
      assert.strictEqual(seen.path, "/")
      assert.include(seen.text, "Left: 1")
      assert.notInclude(seen.html, "a1b2c3")
      assert.deepStrictEqual(
        script.requests.map(({ headers, method, url }) => [method, url, headers["x-auth-token"]]),
        [
          ["POST", "https://api.example/metal/v1/user/otp/verify/123456", "token-of-alice"],
          ["GET", "https://api.example/metal/v1/user/otp/recovery-codes", "token-of-alice"]
        ]
      )
    }).pipe(Effect.scoped, Effect.provide(site(script)))
  })

  const hostile = "<script>alert(1)</script> token-of-alice 123456"

  it.effect.each([
    [400, "That code is wrong, too old, or used already."],
    [401, "This does not work at the moment. Please try again later."],
    [429, "There were too many wrong codes. Please wait a few minutes, then try a new one."],
    [418, "This does not work at the moment. Please try again later."]
  ] as const)("shows no word of the API after %d", ([status, message]) =>
    Effect.gen(function* () {
      const seen = yield* verify
      assert.strictEqual(seen.alert, message)
      assert.notInclude(seen.html, "script")
      assert.notInclude(seen.html, "token-of-alice")
    }).pipe(
      Effect.scoped,
      Effect.provide(site(scripted(() => json(status, { errors: [hostile] }, { "retry-after": "60" }))))
    )
  )

  it.effect("does not take a gateway's page for a reply of the API", () =>
    Effect.gen(function* () {
      const seen = yield* verify
      assert.strictEqual(seen.status, 502)
      assert.match(seen.alert ?? "", /^We can't tell whether your code was accepted\./)
      assert.strictEqual(seen.title, "Second factor")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        site(scripted(() => new Response("<h1>Welcome</h1>", { headers: { "content-type": "text/html" } })))
      )
    )
  )

  it.effect("lets nobody past the second factor when the API knows no user", () =>
    Effect.gen(function* () {
      const seen = yield* verify
      assert.deepStrictEqual([seen.status, seen.title], [502, "Second factor"])
    }).pipe(Effect.scoped, Effect.provide(site(scripted(() => json(404, { errors: ["Not found"] })))))
  )

  it.effect("sends nothing twice that may have happened", () => {
    const script = scripted(() => json(500, {}))
    return Effect.gen(function* () {
      assert.strictEqual((yield* verify).status, 502)
      assert.lengthOf(script.requests, 1)
    }).pipe(Effect.scoped, Effect.provide(site(script)))
  })
})
