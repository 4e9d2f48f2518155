/** Prints the OpenAPI document of the API. */
import { Api } from "@metal-otp/schema"
import { NodeRuntime } from "@effect/platform-node"
import { Console } from "effect"
import { OpenApi } from "effect/http-api"

NodeRuntime.runMain(Console.log(JSON.stringify(OpenApi.fromApi(Api.MetalOtp), null, 2)))
