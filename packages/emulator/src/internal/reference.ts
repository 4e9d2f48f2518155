/** What both APIs are described with. Loaded when somebody reads it first. */
import { MetalOtp } from "@metal-otp/schema/Api"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as OpenApi from "effect/http-api/OpenApi"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { ControlApi } from "../ControlApi.ts"
import { mountedAt } from "./paths.ts"

/** Here, not on the host that the contract names. */
const served = MetalOtp.annotate(OpenApi.Servers, [{ url: mountedAt }])

/** All that the server answers. */
const everything = HttpApi.make("Emulator")
  .addHttpApi(MetalOtp.prefix(mountedAt))
  .addHttpApi(ControlApi)
  .annotateMerge(
    OpenApi.annotations({
      title: "Metal OTP emulator",
      version: "1.0.0",
      description: "The API as the emulator serves it, and the control API, for tests and tools."
    })
  )

/** The OpenAPI text of the API. */
export const text = HttpServerResponse.jsonUnsafe(OpenApi.fromApi(served))

/** The reference of both APIs. */
export const page = HttpRouter.toHttpEffect(HttpApiSwagger.layer(everything, { path: "/*" }))
