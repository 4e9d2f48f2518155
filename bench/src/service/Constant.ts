/**
 * The same contract with constant handlers and no state: what Effect's `HttpApi` costs by itself. To be started with a
 * port.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { createServer } from "node:http"
import { codes } from "../Scenario.ts"

const list = Effect.succeed(RecoveryCodeList.make(codes))

const Handlers = HttpApiBuilder.group(Api.MetalOtp, "OTPs", (handlers) =>
  handlers
    .handle("findRecoveryCodes", () => list)
    .handle("regenerateCodes", () => list)
    .handle("receiveCodes", () => Effect.void)
    .handle("findEnsureOtp", () => Effect.void)
)

/** Whoever asks is known. */
const AuthenticationLive = Layer.succeed(Api.Authentication, {
  x_auth_token: (httpEffect, { credential }) => Effect.provideService(httpEffect, Api.Credential, credential)
})

const Server = HttpRouter.serve(
  HttpApiBuilder.layer(Api.MetalOtp).pipe(Layer.provide(Handlers), Layer.provide(AuthenticationLive)),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: Number(process.argv[2]) })))

NodeRuntime.runMain(Layer.launch(Server))
