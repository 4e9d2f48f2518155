/** A client of four operations that is written by hand with `HttpClient` and `Schema`. It has no retries and no deadline. */
import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Effect, Schema } from "effect"
import type { Effectful, Options } from "./Client.ts"

const CodesBody = Schema.Struct({ recovery_codes: Schema.optional(Schema.Array(Schema.String)) })

const ErrorBody = Schema.Struct({
  error: Schema.optional(Schema.String),
  errors: Schema.optional(Schema.Array(Schema.String))
})

class Refused extends Schema.TaggedError<Refused>()("Refused", { status: Schema.Int, ...ErrorBody.fields }) {}

const decodeCodes = HttpClientResponse.schemaBodyJson(CodesBody)

const decodeError = HttpClientResponse.schemaBodyJson(ErrorBody)

const refuse = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.flatMap(decodeError(response), (body) => Effect.fail(new Refused({ status: response.status, ...body })))

const codes = HttpClientResponse.matchStatus({
  200: (response) => Effect.map(decodeCodes(response), (body) => body.recovery_codes ?? []),
  orElse: refuse
})

const nothing = HttpClientResponse.matchStatus({ 204: () => Effect.void, orElse: refuse })

export const make = ({ baseUrl, token }: Options): Effect.Effect<Effectful, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http) => {
    const client = HttpClient.mapRequest(http, (request) =>
      request.pipe(
        HttpClientRequest.prependUrl(baseUrl),
        HttpClientRequest.setHeader("x-auth-token", token),
        HttpClientRequest.acceptJson
      )
    )

    return {
      findRecoveryCodes: () => Effect.flatMap(client.get("/user/otp/recovery-codes"), codes),
      regenerateCodes: () => Effect.flatMap(client.post("/user/otp/recovery-codes"), codes),
      receiveCodes: () => Effect.flatMap(client.post("/user/otp/sms/receive"), nothing),
      findEnsureOtp: (otp) => Effect.flatMap(client.post(`/user/otp/verify/${encodeURIComponent(otp)}`), nothing)
    }
  })
