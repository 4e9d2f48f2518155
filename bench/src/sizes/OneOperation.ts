/** The least that a program does with our client: one operation, tried once. */
import { OtpsClient, RetryPolicy } from "@metal-otp/client"
import { Effect, type Redacted } from "effect"

export const verify = (authToken: Redacted.Redacted<string>, otp: Redacted.Redacted<string>) =>
  Effect.flatMap(OtpsClient.make({ authToken, retryPolicy: RetryPolicy.none }), (client) => client.findEnsureOtp(otp))
