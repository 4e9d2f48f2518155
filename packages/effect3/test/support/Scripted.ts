import {
  HttpClient,
  type HttpClientError,
  HttpClientError as HttpError,
  type HttpClientRequest,
  HttpClientResponse
} from "@effect/platform"
import { type OtpsClient, RetryPolicy } from "@metal-otp/effect3"
import { Effect } from "effect"
import { authToken, clientOf } from "./operations.ts"

type Request = HttpClientRequest.HttpClientRequest

/** What answers a request, one after the other. */
export type Answer = (request: Request) => Response | Effect.Effect<Response, HttpClientError.HttpClientError>

/** A transport that answers by a script, and keeps what it was asked. */
const transport = (answer: Answer) => {
  const requests: Array<Request> = []
  const http = HttpClient.make((request) => {
    requests.push(request)
    const response = answer(request)
    return Effect.map(Effect.isEffect(response) ? response : Effect.succeed(response), (response) =>
      HttpClientResponse.fromWeb(request, response)
    )
  })
  return { http, requests }
}

/** A client that tries once, unless told otherwise, over a transport that answers by a script. */
export const scripted = (answer: Answer, options?: Partial<OtpsClient.Options>) => {
  const { http, requests } = transport(answer)
  return clientOf({
    authToken,
    baseUrl: "https://api.example/metal/v1",
    retryPolicy: RetryPolicy.none,
    ...options
  }).pipe(
    Effect.provideService(HttpClient.HttpClient, http),
    Effect.map((client) => ({ client, requests }))
  )
}

/** How a transport fails of a system's error. */
export const transportError = (request: Request, code: string) =>
  Effect.fail(
    new HttpError.RequestError({
      request,
      reason: "Transport",
      cause: Object.assign(new TypeError("fetch failed"), {
        cause: Object.assign(new Error(code), systemErrors[code] ?? { code })
      })
    })
  )

/** What tells a connection that failed from one that was lost. */
const systemErrors: Record<string, object> = {
  ECONNREFUSED: { code: "ECONNREFUSED", syscall: "connect" },
  ENOTFOUND: { code: "ENOTFOUND", syscall: "getaddrinfo" },
  ECONNRESET: { code: "ECONNRESET", syscall: "read" }
}
