/** The clients of a server's users. */
import { assert, describe, it } from "@effect/vitest"
import { Limits, RetryPolicy } from "@metal-otp/client"
import { AuthToken } from "@metal-otp/schema"
import { ConfigProvider, Effect, Exit, Layer, Logger, Redacted, Schedule } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { transportError } from "./support/Failing.ts"
import { call, operations } from "./support/operations.ts"
import { hasLimits, OtpsClients } from "./support/Subject.ts"

type Answer = Parameters<typeof HttpClient.make>[0]

const noContent: Answer = (request) =>
  Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))

const clientsOf = Effect.fnUntraced(function* (options: Partial<OtpsClients.Options>, answer: Answer = noContent) {
  const requests: Array<HttpClientRequest.HttpClientRequest> = []
  const http = HttpClient.make((request, ...rest) => {
    requests.push(request)
    return answer(request, ...rest)
  })
  const clients = yield* OtpsClients.make({ baseUrl: "https://api.example/metal/v1", ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, http)
  )
  return { clients, requests, tokens: () => requests.map(({ headers }) => headers["x-auth-token"]) }
})

const [ann, bob] = [AuthToken.make("ann"), AuthToken.make("bob")]

describe("OtpsClients", () => {
  it.effect("each client sends its user's token, also at the same time as others", () =>
    Effect.gen(function* () {
      const { clients, tokens } = yield* clientsOf({})
      const users = yield* Effect.all([ann, bob])
      for (const operation of operations) {
        yield* Effect.forEach(users, (user) => Effect.exit(call[operation](clients.forUser(user))), {
          concurrency: "unbounded"
        })
      }
      assert.deepStrictEqual(
        tokens(),
        operations.flatMap(() => ["ann", "bob"])
      )
    })
  )

  it.effect("all clients share one retry budget", () =>
    Effect.gen(function* () {
      const { clients, requests } = yield* clientsOf(
        { retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(5)), retryBudget: { ratio: 0, floor: 3 } },
        (request) => transportError(request, "ECONNREFUSED")
      )
      for (const user of yield* Effect.all([ann, bob])) yield* Effect.exit(clients.forUser(user).receiveCodes())
      assert.strictEqual(requests.length, 2 + 3)
    })
  )

  it.effect.skipIf(!hasLimits)("all clients share one rate limit", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter.RateLimiter
      const { clients, requests } = yield* clientsOf({
        retryPolicy: RetryPolicy.none,
        rateLimiter: Limits.rateLimiter(limiter, { limit: 1, window: "1 hour" })
      })
      const [first, second] = yield* Effect.all([ann, bob])
      yield* clients.forUser(first).receiveCodes()
      const error = yield* Effect.flip(clients.forUser(second).receiveCodes())
      assert.strictEqual(error._tag, "CallRejected")
      assert.strictEqual(requests.length, 1)
    }).pipe(Effect.provide(Limits.layer()))
  )

  it.effect("the layers make it a service, with the base URL from options or the environment", () =>
    Effect.gen(function* () {
      const urls: Array<string> = []
      const HttpLive = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request, ...rest) => {
          urls.push(request.url)
          return noContent(request, ...rest)
        })
      )
      const program = Effect.gen(function* () {
        const clients = yield* OtpsClients.OtpsClients
        yield* clients.forUser(yield* ann).receiveCodes()
      })
      yield* program.pipe(Effect.provide(OtpsClients.layer({ baseUrl: "https://a.example" })), Effect.provide(HttpLive))
      yield* program.pipe(
        Effect.provide(OtpsClients.layerConfig()),
        Effect.provide(HttpLive),
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromUnknown({ METAL_API_URL: "https://b.example" })
        )
      )
      assert.deepStrictEqual(urls, ["https://a.example/user/otp/sms/receive", "https://b.example/user/otp/sms/receive"])
    })
  )

  it.effect("an invalid setting is named", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(clientsOf({ baseUrl: "ftp://api.example" }))
      assert.deepInclude(error, { _tag: "InvalidSetting", setting: "baseUrl" })
    })
  )

  it.effect.each([
    [undefined, 1],
    ["https://api.example", 0]
  ] as const)("the base URL %s logs %i warnings", ([baseUrl, times]) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
      const { clients } = yield* clientsOf({ baseUrl }).pipe(Effect.provide(Logger.layer([logger])))
      const client = clients.forUser(yield* ann)
      yield* Effect.all([client.receiveCodes(), client.receiveCodes()])
      assert.strictEqual(lines.length, times)
      for (const line of lines) assert.match(line, /^Warn .*30 June 2026/)
    })
  )

  it.effect("a client does not show the token", () =>
    Effect.gen(function* () {
      const { clients } = yield* clientsOf({})
      const client = clients.forUser(yield* AuthToken.make(Redacted.make("s3cret")))
      assert.notInclude(JSON.stringify(client), "s3cret")
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(client.receiveCodes())))
    })
  )
})
