/** Effect's `HttpApiClient` for our `HttpApi`: typed by status, no retry, no deadline. */
import { Api, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import type { Effectful, Options } from "../Client.ts"

export const make = ({
  baseUrl,
  token
}: Omit<Options, "fetch">): Effect.Effect<Effectful, never, HttpClient.HttpClient> =>
  HttpApiClient.make(Api.MetalOtp, {
    baseUrl,
    transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-auth-token", token))
  }).pipe(
    Effect.map((client) => ({
      findRecoveryCodes: () => Effect.map(client.findRecoveryCodes({}), RecoveryCodeList.values),
      regenerateCodes: () => Effect.map(client.regenerateCodes({}), RecoveryCodeList.values),
      receiveCodes: () => client.receiveCodes({}),
      findEnsureOtp: (otp) => client.findEnsureOtp({ params: { otp: Redacted.make(otp) } })
    }))
  )
