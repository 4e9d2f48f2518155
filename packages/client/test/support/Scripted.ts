/** A client on a transport that a function answers. */
import { RetryPolicy } from "@metal-otp/client"
import { Effect, Layer } from "effect"
import { HttpClient, type HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { authToken, clientOf } from "./operations.ts"
import type { OtpsClient } from "./Subject.ts"

type Answer = (
  request: HttpClientRequest.HttpClientRequest
) => Response | Effect.Effect<Response, HttpClientError.HttpClientError>

/** Makes a client, without retries by default, on an `HttpClient` that records its requests. */
export const scripted = Effect.fnUntraced(function* (answer: Answer, options?: Partial<OtpsClient.Options>) {
  const requests: Array<HttpClientRequest.HttpClientRequest> = []
  const http = HttpClient.make((request) => {
    requests.push(request)
    const response = answer(request)
    return Effect.map(Effect.isEffect(response) ? response : Effect.succeed(response), (response) =>
      HttpClientResponse.fromWeb(request, response)
    )
  })
  const client = yield* clientOf({
    authToken,
    baseUrl: "https://api.example/metal/v1",
    retryPolicy: RetryPolicy.none,
    ...options
  }).pipe(Effect.provide(Layer.succeed(HttpClient.HttpClient, http)))
  return { client, requests }
})
