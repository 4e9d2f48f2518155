/**
 * Spans leave through Effect's own OTLP exporter, over HTTP, to a collector: here a server in this process, which shows
 * what it was sent. The OTP is in the URL of the call, and not in the span.
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

const collector = (received: Ref.Ref<string>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const text = yield* request.text
    if (request.url === "/v1/traces") yield* Ref.update(received, (before) => before + text)
    return HttpServerResponse.empty({ status: 200 })
  })

const exported = (port: number) =>
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
  // Leaving the exporter's scope sends what is left.
  yield* login.pipe(Effect.provide(OtpsLive.pipe(Layer.provideMerge(exported(server.address.port)))))
  const spans = yield* Ref.get(received)
  yield* Console.log(`span: ${spans.includes("OtpsClient.findEnsureOtp")}`) // prints span: true
  yield* Console.log(`OTP: ${spans.includes(typed)}`) // prints OTP: false
})

await program.pipe(
  Effect.scoped,
  Effect.provide(NodeHttpServer.layerServer(createServer, { host: "127.0.0.1", port: 0 })),
  Effect.runPromise
)
