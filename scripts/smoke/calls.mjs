/**
 * The calls of each runtime, with the client for Effect and the one for promises: a success, a 400, and a refused
 * connection.
 */
import { OtpsClient, RecoveryCodeList, RetryPolicy } from "@metal-otp/client"
import { makeOtps } from "@metal-otp/client/promise"
import { Effect, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"

const resultOf = ({ _tag, outcome, reason }) => [_tag, outcome, reason].filter((part) => part !== undefined).join(" ")

const failure = (promise) => promise.then(() => "no failure", resultOf)

const ofPromises = async ({ authToken, baseUrl, closedUrl }) => {
  const otps = makeOtps({ baseUrl, authToken, timeout: 10_000, retries: 0 })
  const unreachable = makeOtps({ baseUrl: closedUrl, authToken, timeout: 10_000, retries: 0 })
  return [
    String((await otps.findRecoveryCodes()).length),
    await failure(otps.findEnsureOtp("000000")),
    await failure(unreachable.receiveCodes())
  ]
}

const ofEffect = ({ authToken, baseUrl, closedUrl }) =>
  Effect.gen(function* () {
    const token = Redacted.make(authToken)
    const otps = yield* OtpsClient.make({ authToken: token, baseUrl, retryPolicy: RetryPolicy.none })
    const unreachable = yield* OtpsClient.make({ authToken: token, baseUrl: closedUrl, retryPolicy: RetryPolicy.none })
    return [
      String(RecoveryCodeList.size(yield* otps.findRecoveryCodes())),
      resultOf(yield* Effect.flip(otps.findEnsureOtp(Redacted.make("000000")))),
      resultOf(yield* Effect.flip(unreachable.receiveCodes()))
    ]
  }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped, Effect.runPromise)

/** @returns three results of each client, which have to be the same */
export const calls = async (settings) => ({ promises: await ofPromises(settings), effect: await ofEffect(settings) })
