/** The reference of both APIs. Large, so `docs.ts` loads it when somebody opens it. */
import { MetalOtp } from "@metal-otp/schema/Api"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as OpenApi from "effect/http-api/OpenApi"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { ControlApi } from "../ControlApi.ts"
import { document } from "./control/openApi.ts"
import { apiPath } from "./paths.ts"

/** The API at the emulator's address: `MetalOtp` itself names the host of Equinix. */
const servedApi = MetalOtp.annotate(OpenApi.Servers, [{ url: apiPath }])

const bothApis = HttpApi.make("Emulator")
  .addHttpApi(MetalOtp.prefix(apiPath))
  .addHttpApi(ControlApi)
  .annotateMerge(
    OpenApi.annotations({
      title: "Metal OTP emulator",
      version: "1.0.0",
      description: "The API as the emulator serves it, and the control API, for tests and tools.",
      transform: document
    })
  )

/** The OpenAPI document of the API, without the control API. */
export const openApi = HttpServerResponse.jsonUnsafe(OpenApi.fromApi(servedApi))

/** The page with the reference of both APIs. */
export const page = HttpRouter.toHttpEffect(HttpApiSwagger.layer(bothApis, { path: "/*" }))
