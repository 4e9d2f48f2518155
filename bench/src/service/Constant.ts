/**
 * Serves the same `HttpApi` with constant handlers and no state, to measure the cost of Effect's `HttpApi` alone. Its
 * argument is the port.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, OtpSeed, RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { createServer } from "node:http"
import { codes } from "../Scenario.ts"

const list = Effect.succeed(RecoveryCodeList.make(codes))

const seed = Effect.succeed(OtpSeed.make("otpauth://totp/Metal:alice?secret=MFRGGZDF"))

const Handlers = Layer.merge(
  HttpApiBuilder.group(Api.MetalOtp, "OTPs", (handlers) =>
    handlers
      .handle("findRecoveryCodes", () => list)
      .handle("regenerateCodes", () => list)
      .handle("receiveCodes", () => Effect.void)
      .handle("findEnsureOtp", () => Effect.void)
      .handle("seedApp", () => seed)
  ),
  HttpApiBuilder.group(Api.MetalOtp, "TwoFactorAuth", (handlers) =>
    handlers
      .handle("enableTfaApp", () => Effect.void)
      .handle("disableTfaApp", () => Effect.void)
      .handle("enableTfaSms", () => Effect.void)
      .handle("disableTfaSms", () => Effect.void)
  )
)

/** Accepts every token. */
const AuthenticationLive = Layer.succeed(Api.Authentication, {
  x_auth_token: (httpEffect, { credential }) => Effect.provideService(httpEffect, Api.Credential, credential)
})

const Server = HttpRouter.serve(
  HttpApiBuilder.layer(Api.MetalOtp).pipe(Layer.provide(Handlers), Layer.provide(AuthenticationLive)),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: Number(process.argv[2]) })))

NodeRuntime.runMain(Layer.launch(Server))
