/** Our client with its default options: deadlines, the standard retry policy and budget, a span and metrics. */
import type { HttpClient } from "@effect/platform"
import * as Otp from "@metal-otp/effect3/Otp"
import * as OtpsClient from "@metal-otp/effect3/OtpsClient"
import * as RecoveryCodeList from "@metal-otp/effect3/RecoveryCodeList"
import { Effect, Redacted } from "effect"
import type { Effectful, Options } from "./Client.ts"

export const make = ({ baseUrl, token }: Options): Effect.Effect<Effectful, object, HttpClient.HttpClient> =>
  Effect.map(OtpsClient.make({ baseUrl, authToken: Redacted.make(token) }), (client) => ({
    findRecoveryCodes: () => Effect.map(client.findRecoveryCodes(), RecoveryCodeList.values),
    regenerateCodes: () => Effect.map(client.regenerateCodes(), RecoveryCodeList.values),
    receiveCodes: () => client.receiveCodes(),
    findEnsureOtp: (otp) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp))
  }))
