/** Lets the client of version 3 use transports of version 4, and lets the tests wrap transports of version 3. */
import { Context, Effect, Exit, Layer, Option, Scope, Stream } from "effect"
import { HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import * as Bridge from "../../../../effect3/test/driver/Bridge.ts"
import type * as Neutral from "../../../../effect3/test/driver/Neutral.ts"
import { fromTask, task } from "./Tasks.ts"

/** The runtime of the client's fiber, for a transport of version 3. */
export const CurrentRuntime = Context.Reference<object | undefined>("test/CurrentRuntime", {
  defaultValue: () => undefined
})

// Replies and failures of a transport of version 3 go back to its client unchanged.
const replies = new WeakMap<HttpClientResponse.HttpClientResponse, Neutral.Reply>()
const failures = new WeakMap<HttpClientError.HttpClientError, Neutral.Unsent>()

const replyOf = (response: HttpClientResponse.HttpClientResponse, context: Context.Context<never>): Neutral.Reply =>
  replies.get(response) ?? {
    get status() {
      return response.status
    },
    get headers() {
      return response.headers
    },
    web: Option.getOrUndefined(HttpClientResponse.toWeb(response)),
    bytes: (done) => task(Effect.mapError(response.arrayBuffer, ({ reason }) => reason.cause))(done),
    readable: () =>
      Stream.toReadableStreamWith(
        Stream.mapError(response.stream, ({ reason }) => reason.cause),
        context
      )
  }

const reasons = { EncodeError: "Encode", InvalidUrlError: "InvalidUrl" } as const

const isNamed = (tag: string): tag is keyof typeof reasons => tag in reasons

const methodOf = (method: string): Neutral.Method => (method === "POST" || method === "DELETE" ? method : "GET")

const unsentOf = (error: HttpClientError.HttpClientError, context: Context.Context<never>): Neutral.Unsent => {
  const { reason, request, response } = error
  return (
    failures.get(error) ?? {
      reason: isNamed(reason._tag) ? reasons[reason._tag] : "Transport",
      cause: reason.cause,
      request: { method: methodOf(request.method), url: request.url, headers: request.headers },
      reply: response && replyOf(response, context)
    }
  )
}

/** A scope that closes when a signal is aborted. */
const scopeOf = (signal: AbortSignal) => {
  const scope = Scope.makeUnsafe()
  const close = () => void Effect.runFork(Scope.close(scope, Exit.void))
  if (signal.aborted) close()
  else signal.addEventListener("abort", close, { once: true })
  return scope
}

/** Sends a request on a transport of version 4. */
export const send = (
  http: HttpClient.HttpClient,
  { headers, isStream, method, url }: Neutral.Request,
  context: Context.Context<never>,
  signal: AbortSignal
): Neutral.Task<Neutral.Reply, Neutral.Unsent> => {
  const plain = HttpClientRequest.make(method)(url, { headers })
  const request = isStream ? HttpClientRequest.bodyStream(plain, Stream.empty, { contentType: "text/plain" }) : plain
  const sent = Effect.suspend(() => HttpClient.withScope(http).execute(request)).pipe(
    Effect.mapBoth({
      onFailure: (error) => unsentOf(error, context),
      onSuccess: (response) => replyOf(response, context)
    }),
    Effect.provideService(Scope.Scope, scopeOf(signal))
  )
  return task(sent, Effect.runForkWith(context))
}

const responseOf = (request: HttpClientRequest.HttpClientRequest, reply: Neutral.Reply) => {
  const empty = HttpClientResponse.fromWeb(request, new Response())
  const response: HttpClientResponse.HttpClientResponse = Object.create(empty, {
    status: { get: () => reply.status },
    headers: { get: () => reply.headers }
  })
  replies.set(response, reply)
  return response
}

const errorOf = (request: HttpClientRequest.HttpClientRequest, unsent: Neutral.Unsent) => {
  const error = new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: unsent.cause })
  })
  failures.set(error, unsent)
  return error
}

/** A transport of version 3 as one of version 4, which the tests can wrap. */
export const native = (layer: Parameters<typeof Bridge.open>[0]): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const transport = yield* Effect.acquireRelease(fromTask(Bridge.open(layer)), ({ close }) => fromTask(close))
      return HttpClient.make((request, _, signal, fiber) => {
        const sent = {
          method: methodOf(request.method),
          url: request.url,
          headers: request.headers,
          isStream: request.body._tag === "Stream"
        } as const
        return Effect.mapBoth(fromTask(transport.send(sent, fiber.getRef(CurrentRuntime), signal)), {
          onFailure: (unsent) => errorOf(request, unsent),
          onSuccess: (reply) => responseOf(request, reply)
        })
      })
    })
  )
