/** The transports of Effect 3, and a transport of Effect 3 that sends through the `HttpClient` of Effect 4. */
import {
  FetchHttpClient,
  Headers,
  HttpClient,
  HttpClientError,
  HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage
} from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Agent, type Dispatcher, ProxyAgent } from "@effect/platform-node/Undici"
import { Context, Effect, Exit, FiberRef, Layer, Runtime, Scope, Stream, Tracer } from "effect"
import type { AgentOptions } from "node:https"
import type * as Neutral from "./Neutral.ts"
import { fromTask, silentTask } from "./Tasks.ts"
import { spanOf } from "./Spans.ts"

/** The caller of the current call. */
export class CurrentHost extends Context.Reference<CurrentHost>()("test/CurrentHost", {
  defaultValue: (): Neutral.Host | undefined => undefined
}) {}

// A reply or an error of a transport of Effect 3 passes through Effect 4. These maps return the original.
const replies = new WeakMap<Neutral.Reply, HttpClientResponse.HttpClientResponse>()
const errors = new WeakMap<Neutral.Unsent, HttpClientError.HttpClientError>()
const runtimes = new WeakMap<object, Runtime.Runtime<never>>()

const noBytes: Neutral.Task<ArrayBuffer, unknown> = (done) => {
  done({ _tag: "Die", defect: "Only Effect 3 can read a reply of Effect 3" })
  return (stopped) => stopped()
}

const toReply = (response: HttpClientResponse.HttpClientResponse): Neutral.Reply => {
  const reply: Neutral.Reply = {
    status: response.status,
    headers: response.headers,
    web: undefined,
    bytes: noBytes,
    readable: () => new ReadableStream()
  }
  replies.set(reply, response)
  return reply
}

const methodOf = (method: string): Neutral.Method => (method === "POST" || method === "DELETE" ? method : "GET")

const toUnsent = (error: HttpClientError.HttpClientError): Neutral.Unsent => {
  const { headers, method, url } = error.request
  const unsent: Neutral.Unsent = {
    reason: error._tag === "RequestError" ? error.reason : "Transport",
    cause: error.cause,
    request: { method: methodOf(method), url, headers },
    reply: error._tag === "ResponseError" ? toReply(error.response) : undefined
  }
  errors.set(unsent, error)
  return unsent
}

/** Makes a scope that closes when a signal is aborted. */
const scopeOf = (signal: AbortSignal): Effect.Effect<Scope.Scope> =>
  Effect.map(Scope.make(), (scope) => {
    const close = () => void Effect.runFork(Scope.close(scope, Exit.void))
    if (signal.aborted) close()
    else signal.addEventListener("abort", close, { once: true })
    return scope
  })

const requestOf = ({ headers, isStream, method, url }: Neutral.Request) => {
  const request = HttpClientRequest.make(method)(url, { headers })
  return isStream ? HttpClientRequest.bodyStream(request, Stream.empty, { contentType: "text/plain" }) : request
}

/** Opens a transport of Effect 3. */
export const open = (transport: Layer.Layer<HttpClient.HttpClient>): Neutral.Task<Neutral.Transport> =>
  silentTask(
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Layer.fresh(transport), scope)
      const http = HttpClient.withScope(Context.get(context, HttpClient.HttpClient))
      return {
        send: (request, runtime, signal) =>
          silentTask(
            Effect.flatMap(scopeOf(signal), (scope) => Scope.extend(http.execute(requestOf(request)), scope)).pipe(
              Effect.mapBoth({ onFailure: toUnsent, onSuccess: toReply })
            ),
            runtime && runtimes.get(runtime)
          ),
        close: silentTask(Scope.close(scope, Exit.void))
      }
    })
  )

const undici = (make: () => Dispatcher) =>
  NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
    Layer.provide(
      Layer.scoped(
        NodeHttpClient.Dispatcher,
        Effect.acquireRelease(Effect.sync(make), (dispatcher) => Effect.promise(() => dispatcher.destroy()))
      )
    )
  )

/** The transports of Node. */
export const layers = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  undiciWith: (options: Agent.Options) => undici(() => new Agent(options)),
  undiciBy: (proxy: string) => undici(() => new ProxyAgent(proxy)),
  nodeHttp: NodeHttpClient.layer,
  nodeHttpWith: (options: AgentOptions) =>
    Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer(options))
}

const isErrorOf = (request: HttpClientRequest.HttpClientRequest, { headers, method, url }: Neutral.Unsent["request"]) =>
  request.url === url && request.method === method && request.headers["x-auth-token"] === headers["x-auth-token"]

/** Converts a reply of Effect 4. Its properties are getters, because those of a hostile transport may throw. */
const toResponse = (
  request: HttpClientRequest.HttpClientRequest,
  reply: Neutral.Reply
): HttpClientResponse.HttpClientResponse => {
  const broken = (cause: unknown) => new HttpClientError.ResponseError({ request, response, reason: "Decode", cause })
  const bytes = Effect.mapError(fromTask(reply.bytes), broken)
  const properties = {
    status: { get: () => reply.status },
    headers: { get: () => reply.headers },
    arrayBuffer: { get: () => bytes },
    text: { get: () => Effect.map(bytes, (bytes) => new TextDecoder().decode(bytes)) },
    // Effect 3 keeps a body that was read before in this field.
    ...(reply.web?.bodyUsed === true ? { arrayBufferBody: { value: bytes } } : {})
  }
  const response: HttpClientResponse.HttpClientResponse =
    reply.web === undefined
      ? Object.create(
          {
            [HttpClientResponse.TypeId]: HttpClientResponse.TypeId,
            [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId
          },
          {
            ...properties,
            request: { value: request },
            stream: { get: () => Stream.fromReadableStream(reply.readable, broken) }
          }
        )
      : Object.create(HttpClientResponse.fromWeb(request, reply.web), properties)
  return response
}

const toError = (
  request: HttpClientRequest.HttpClientRequest,
  { cause, reason, reply, request: of }: Neutral.Unsent
): HttpClientError.HttpClientError => {
  const named = isErrorOf(request, of) ? request : HttpClientRequest.make(of.method)(of.url, { headers: of.headers })
  return reply === undefined
    ? new HttpClientError.RequestError({ request: named, reason, cause })
    : new HttpClientError.ResponseError({
        request: named,
        response: replies.get(reply) ?? toResponse(named, reply),
        reason: "StatusCode",
        cause
      })
}

/** Converts the services and references of a fiber. */
export const surroundings = (
  context: Context.Context<never>,
  runtime: Runtime.Runtime<never>,
  { isUntraced, redacted }: Pick<Neutral.Surroundings, "isUntraced" | "redacted">
): Neutral.Surroundings => {
  runtimes.set(runtime, runtime)
  return {
    init: context.unsafeMap.get(FetchHttpClient.RequestInit.key),
    isUntraced,
    redacted,
    span: spanOf(context.unsafeMap.get(Tracer.ParentSpan.key)),
    runtime
  }
}

/** A transport that sends through the caller of the current call. */
export const client = HttpClient.make((request, _url, signal, fiber) => {
  const context = fiber.getFiberRef(FiberRef.currentContext)
  const host = Context.get(context, CurrentHost)
  if (host === undefined) return Effect.die("There is no current call")
  const { method, url } = request
  const within = surroundings(
    context,
    Runtime.make({ context, fiberRefs: fiber.getFiberRefs(), runtimeFlags: Runtime.defaultRuntimeFlags }),
    {
      isUntraced:
        !fiber.getFiberRef(FiberRef.currentTracerEnabled) ||
        fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request),
      redacted: fiber.getFiberRef(Headers.currentRedactedNames)
    }
  )
  const sent = {
    method: methodOf(method),
    url,
    headers: request.headers,
    isStream: request.body._tag === "Stream"
  }
  return Effect.mapBoth(fromTask(host.send(sent, within, signal)), {
    onFailure: (unsent) => errors.get(unsent) ?? toError(request, unsent),
    onSuccess: (reply) => replies.get(reply) ?? toResponse(request, reply)
  })
})
