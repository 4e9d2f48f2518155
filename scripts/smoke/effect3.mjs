/** The same three calls with the client for Effect 3. */
import { FetchHttpClient } from "@effect/platform"
import { OtpsClient, RetryPolicy } from "@metal-otp/effect3"
import { Effect, Redacted } from "effect"

const [settings = "{}"] = process.argv.slice(2)
const { authToken, baseUrl, nobody } = JSON.parse(settings)

const told = ({ _tag, outcome, reason }) => [_tag, outcome, reason].filter((part) => part !== undefined).join(" ")

const program = Effect.gen(function* () {
  const token = Redacted.make(authToken)
  const otps = yield* OtpsClient.make({ authToken: token, baseUrl })
  const dead = yield* OtpsClient.make({ authToken: token, baseUrl: nobody, retryPolicy: RetryPolicy.none })
  const { recoveryCodes } = yield* otps.findRecoveryCodes()
  return [
    String(recoveryCodes.length),
    told(yield* Effect.flip(otps.findEnsureOtp(Redacted.make("000000")))),
    told(yield* Effect.flip(dead.receiveCodes()))
  ]
})

program.pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped, Effect.runPromise).then((three) => {
  console.log(JSON.stringify({ promises: three, effect: three }))
})
