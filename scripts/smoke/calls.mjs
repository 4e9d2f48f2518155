/**
 * What each runtime does with the packages as they are published: with the client for Effect and the one for promises, a
 * call, a refusal, and a connection that is refused.
 */
import { OtpsClient, RecoveryCodeList, RetryPolicy } from "@metal-otp/client"
import { makeOtps } from "@metal-otp/client/promise"
import { Effect, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"

const told = ({ _tag, outcome, reason }) => [_tag, outcome, reason].filter((part) => part !== undefined).join(" ")

const failure = (promise) => promise.then(() => "no failure", told)

const ofPromises = async ({ authToken, baseUrl, nobody }) => {
  const otps = makeOtps({ baseUrl, authToken, timeout: 10_000, retries: 0 })
  const dead = makeOtps({ baseUrl: nobody, authToken, timeout: 10_000, retries: 0 })
  return [
    String((await otps.findRecoveryCodes()).length),
    await failure(otps.findEnsureOtp("000000")),
    await failure(dead.receiveCodes())
  ]
}

const ofEffect = ({ authToken, baseUrl, nobody }) =>
  Effect.gen(function* () {
    const token = Redacted.make(authToken)
    const otps = yield* OtpsClient.make({ authToken: token, baseUrl, retryPolicy: RetryPolicy.none })
    const dead = yield* OtpsClient.make({ authToken: token, baseUrl: nobody, retryPolicy: RetryPolicy.none })
    return [
      String(RecoveryCodeList.size(yield* otps.findRecoveryCodes())),
      told(yield* Effect.flip(otps.findEnsureOtp(Redacted.make("000000")))),
      told(yield* Effect.flip(dead.receiveCodes()))
    ]
  }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped, Effect.runPromise)

/** @returns both clients' three lines, which have to be the same */
export const calls = async (settings) => ({ promises: await ofPromises(settings), effect: await ofEffect(settings) })
