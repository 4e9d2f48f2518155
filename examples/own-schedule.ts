/** Your own schedule decides when the client retries a call. The client decides whether it may, by the failure. */
import { OtpsClient, RecoveryCodeList, RetryPolicy } from "@metal-otp/client"
import { Console, Effect, Layer, Redacted, Schedule } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"

/** A transport that fails twice, then replies. */
const Flaky = Layer.effect(
  HttpClient.HttpClient,
  Effect.sync(() => {
    let requests = 0
    return HttpClient.make((request) =>
      Effect.sync(() => {
        requests++
        return HttpClientResponse.fromWeb(
          request,
          requests <= 2 ? new Response(null, { status: 503 }) : Response.json({ recovery_codes: ["aaaaa-bbbbb"] })
        )
      })
    )
  })
)

const OtpsLive = OtpsClient.layer({
  authToken: Redacted.make("my-token"),
  baseUrl: "http://localhost/metal/v1",
  retryPolicy: RetryPolicy.fromSchedule(Schedule.spaced("10 millis").pipe(Schedule.upTo({ times: 5 })))
}).pipe(Layer.provide(Flaky))

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const codes = yield* client.findRecoveryCodes()
  yield* Console.log(`${RecoveryCodeList.size(codes)} recovery code, at the third try`) // prints 1 recovery code, at the third try
})

await program.pipe(Effect.provide(OtpsLive), Effect.runPromise)
