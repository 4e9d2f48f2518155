/**
 * Effect's OTLP exporter sends spans to a collector over HTTP. The collector here is a server in this process. It
 * receives the span of a call, and the span does not hold the OTP, although the URL of the request does.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Otp, OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Console, Effect, Layer, Redacted, Ref } from "effect"
import { FetchHttpClient, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Otlp } from "effect/observability"
import { createServer } from "node:http"

const authToken = Redacted.make("my-token")

const OtpsLive = OtpsClient.layer({ authToken, baseUrl: "http://localhost/metal/v1" }).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provide(Emulator.layer({ users: [{ authToken }] }))
)

const collector = Effect.fn(function* (received: Ref.Ref<string>) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const text = yield* request.text
  if (request.url === "/v1/traces") yield* Ref.update(received, (before) => before + text)
  return HttpServerResponse.empty({ status: 200 })
})

const exporter = (port: number) =>
  Otlp.layerJson({ baseUrl: `http://127.0.0.1:${port}`, resource: { serviceName: "login" } }).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

const typed = "kxwvq-zrtpl"

const login = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  yield* client.findEnsureOtp(yield* Otp.make(typed))
}).pipe(Effect.ignore, Effect.withSpan("login"))

const program = Effect.gen(function* () {
  const received = yield* Ref.make("")
  const server = yield* HttpServer.HttpServer
  yield* server.serve(collector(received))
  if (server.address._tag === "UnixPathAddress") return yield* Effect.die("the collector has no port")
  // At the end of its scope, the exporter sends the remaining spans.
  yield* login.pipe(Effect.provide(OtpsLive.pipe(Layer.provideMerge(exporter(server.address.port)))))
  const spans = yield* Ref.get(received)
  yield* Console.log(`span: ${spans.includes("OtpsClient.findEnsureOtp")}`) // prints span: true
  yield* Console.log(`OTP: ${spans.includes(typed)}`) // prints OTP: false
})

await program.pipe(
  Effect.scoped,
  Effect.provide(NodeHttpServer.layerServer(createServer, { host: "127.0.0.1", port: 0 })),
  Effect.runPromise
)
