import { HttpClient, type HttpClientError, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { type OtpsClient, RetryPolicy } from "@metal-otp/effect3"
import { Effect } from "effect"
import { authToken, clientOf } from "./operations.ts"

type Request = HttpClientRequest.HttpClientRequest

type Answer = (request: Request) => Response | Effect.Effect<Response, HttpClientError.HttpClientError>

/** Makes a client whose transport answers with `answer`, and keeps its requests. It tries once by default. */
export const scripted = Effect.fnUntraced(function* (answer: Answer, options?: Partial<OtpsClient.Options>) {
  const requests: Array<Request> = []
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
  }).pipe(Effect.provideService(HttpClient.HttpClient, http))
  return { client, requests }
})
