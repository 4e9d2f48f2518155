/** The smallest program with our client: one operation, without retries. */
import * as OtpsClient from "@metal-otp/client/OtpsClient"
import * as RetryPolicy from "@metal-otp/client/RetryPolicy"
import * as Otp from "@metal-otp/schema/Otp"
import { Effect, type Redacted } from "effect"

export const verify = (authToken: Redacted.Redacted<string>, typed: string) =>
  Effect.flatMap(OtpsClient.make({ authToken, retryPolicy: RetryPolicy.none }), (client) =>
    Effect.flatMap(Otp.make(typed), (otp) => client.findEnsureOtp(otp))
  )
