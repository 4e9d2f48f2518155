/** Turns a `TransportResult` into what an `HttpClient` returns, without sockets. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import { HttpClientError, TransportError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import type { TransportResult } from "./faultInjection.ts"

/** An error with the fields and the message of Node's system errors. */
class SystemError extends Data.Error<{ readonly syscall: string; readonly code: string; readonly message: string }> {}

const systemError = (syscall: string, code: string) => new SystemError({ syscall, code, message: `${syscall} ${code}` })

const connectionReset = () => systemError("read", "ECONNRESET")

const transportError = (request: HttpClientRequest, cause: SystemError) =>
  Effect.fail(new HttpClientError({ reason: new TransportError({ request, cause }) }))

/**
 * Makes the client's response or failure.
 *
 * @param request the client's request
 * @param result how it ends
 */
export const receive = (
  request: HttpClientRequest,
  result: TransportResult
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError> =>
  Match.valueTags(result, {
    Reply: ({ response }) =>
      Effect.succeed(
        request.method === "HEAD"
          ? HttpClientResponse.fromWeb(request, HttpServerResponse.toWeb(response, { withoutBody: true }))
          : HttpServerResponse.toClientResponse(response, { request })
      ),
    Refused: () => transportError(request, systemError("connect", "ECONNREFUSED")),
    Reset: () => transportError(request, connectionReset()),
    ResetInBody: ({ half, response }) =>
      Effect.sync(() => {
        const stream = Stream.concat(Stream.make(half), Stream.fail(connectionReset()))
        const body = HttpBody.stream(
          stream,
          response.headers["content-type"],
          Number(response.headers["content-length"])
        )
        return HttpServerResponse.toClientResponse(HttpServerResponse.setBody(response, body), { request })
      })
  })
