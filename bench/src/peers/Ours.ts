/** Our client with everything on: deadlines, the standard retry policy and budget, span and metrics. */
import * as OtpsClient from "@metal-otp/client/OtpsClient"
import { Effect, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import type { Effectful, Options } from "../Client.ts"

export const make = ({
  baseUrl,
  token
}: Omit<Options, "fetch">): Effect.Effect<
  Effectful<ReadonlyArray<Redacted.Redacted<string>>>,
  object,
  HttpClient.HttpClient
> =>
  Effect.map(OtpsClient.make({ baseUrl, authToken: Redacted.make(token) }), (client) => ({
    findRecoveryCodes: () => Effect.map(client.findRecoveryCodes(), (list) => list.recoveryCodes),
    regenerateCodes: () => Effect.map(client.regenerateCodes(), (list) => list.recoveryCodes),
    receiveCodes: () => client.receiveCodes(),
    findEnsureOtp: (otp) => client.findEnsureOtp(Redacted.make(otp))
  }))
