import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import { HttpClientError, TransportError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import type { Arrival } from "./faultInjection.ts"

/** As libuv words it. */
class SystemError extends Data.Error<{ readonly syscall: string; readonly code: string; readonly message: string }> {}

const systemError = (syscall: string, code: string) => new SystemError({ syscall, code, message: `${syscall} ${code}` })

const connectionReset = () => systemError("read", "ECONNRESET")

const noReply = (request: HttpClientRequest, cause: SystemError) =>
  Effect.fail(new HttpClientError({ reason: new TransportError({ request, cause }) }))

/**
 * What arrives, as a client without a network receives it.
 *
 * @param request what was sent
 * @param arrival what comes of it
 */
export const receive = (
  request: HttpClientRequest,
  arrival: Arrival
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError> =>
  Match.valueTags(arrival, {
    Reply: ({ response }) =>
      Effect.succeed(
        request.method === "HEAD"
          ? HttpClientResponse.fromWeb(request, HttpServerResponse.toWeb(response, { withoutBody: true }))
          : HttpServerResponse.toClientResponse(response, { request })
      ),
    Refused: () => noReply(request, systemError("connect", "ECONNREFUSED")),
    Reset: () => noReply(request, connectionReset()),
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
