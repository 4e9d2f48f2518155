/** Our client with everything on: deadlines, the standard retry policy and budget, span and metrics. */
import * as OtpsClient from "@metal-otp/client/OtpsClient"
import * as Otp from "@metal-otp/schema/Otp"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import { Effect, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import type { Effectful, Options } from "../Client.ts"

export const make = ({
  baseUrl,
  token
}: Omit<Options, "fetch">): Effect.Effect<Effectful, object, HttpClient.HttpClient> =>
  Effect.map(OtpsClient.make({ baseUrl, authToken: Redacted.make(token) }), (client) => ({
    findRecoveryCodes: () => Effect.map(client.findRecoveryCodes(), RecoveryCodeList.values),
    regenerateCodes: () => Effect.map(client.regenerateCodes(), RecoveryCodeList.values),
    receiveCodes: () => client.receiveCodes(),
    findEnsureOtp: (otp) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp))
  }))
