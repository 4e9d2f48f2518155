/** The three calls of `calls.mjs`, with the client for Effect 3. */
import { FetchHttpClient } from "@effect/platform"
import { OtpsClient, RetryPolicy } from "@metal-otp/effect3"
import { Effect, Redacted } from "effect"

const [settings = "{}"] = process.argv.slice(2)
const { authToken, baseUrl, closedUrl } = JSON.parse(settings)

const resultOf = ({ _tag, outcome, reason }) => [_tag, outcome, reason].filter((part) => part !== undefined).join(" ")

const program = Effect.gen(function* () {
  const token = Redacted.make(authToken)
  const otps = yield* OtpsClient.make({ authToken: token, baseUrl })
  const unreachable = yield* OtpsClient.make({ authToken: token, baseUrl: closedUrl, retryPolicy: RetryPolicy.none })
  const { recoveryCodes } = yield* otps.findRecoveryCodes()
  return [
    String(recoveryCodes.length),
    resultOf(yield* Effect.flip(otps.findEnsureOtp(Redacted.make("000000")))),
    resultOf(yield* Effect.flip(unreachable.receiveCodes()))
  ]
})

program.pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped, Effect.runPromise).then((three) => {
  console.log(JSON.stringify({ promises: three, effect: three }))
})
