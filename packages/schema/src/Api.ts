/**
 * The contract: the OTP and two-factor operations of the Equinix Metal API as an `HttpApi`. Use it for
 * servers, OpenAPI documents and derived clients. The client is written by hand and does not import
 * this module, so a bundle of the client has nothing of `effect/http-api`.
 *
 * @since 0.1.0
 */
import { documented } from "@metal-otp/core/Endpoint"
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { authHeader, defaultBaseUrl, endpoints, failures, otpHeader } from "./Endpoint.ts"
import type { ErrorBody } from "./ErrorBody.ts"
import type { Operation } from "./Operation.ts"
import * as OtpSeed from "./OtpSeed.ts"
import { make, RecoveryCodeList, values, Wire } from "./RecoveryCodeList.ts"

/**
 * The token of the request being served, or empty if it has none.
 *
 * @category middleware
 * @since 0.1.0
 */
export class Credential extends Context.Service<Credential, Redacted.Redacted<string>>()(
  "@metal-otp/schema/Api/Credential"
) {}

/**
 * The security scheme `x_auth_token`. It gives the handlers the caller's token as `Credential`.
 * The handlers decide whose token it is.
 *
 * @category middleware
 * @since 0.1.0
 */
export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: Credential }>()(
  "@metal-otp/schema/Api/Authentication",
  {
    security: {
      x_auth_token: HttpApiSecurity.apiKey({ key: authHeader }).pipe(
        HttpApiSecurity.annotate(
          OpenApi.Description,
          "HTTP header containing the User or Project API key that will be used to authenticate the request.\n"
        )
      )
    }
  }
) {}

const recoveryCodes = (status: number) =>
  Wire.pipe(
    Schema.decodeTo(Schema.instanceOf(RecoveryCodeList), {
      decode: SchemaGetter.transform(({ recovery_codes }) => make(recovery_codes ?? [])),
      encode: SchemaGetter.transform((list) => ({ recovery_codes: values(list) }))
    })
  ).pipe(HttpApiSchema.status(status), Schema.annotate({ description: "ok" }))

// `ErrorBody`, with the descriptions of the API's text.
const Body = Schema.Struct({
  error: Schema.optionalKey(
    Schema.String.annotate({ description: "A description of the error that caused the request to fail." })
  ),
  errors: Schema.optionalKey(
    Schema.Array(
      Schema.String.annotate({ description: "An error message that contributed to the request failing." })
    ).annotate({ description: "A list of errors that contributed to the request failing." })
  )
}).annotate({
  identifier: "Error",
  description:
    "Error responses are included with 4xx and 5xx HTTP responses from the API service. " +
    'Either "error" or "errors" will be set.'
})

const HiddenSeed = Schema.Struct({ otpUri: Schema.Redacted(Schema.String) })

const seed = (status: number) =>
  OtpSeed.Wire.pipe(
    Schema.decodeTo(Schema.toType(HiddenSeed), {
      decode: SchemaGetter.transform(({ otp_uri }) => OtpSeed.make(otp_uri ?? "")),
      encode: SchemaGetter.transform(({ otpUri }) => ({ otp_uri: Redacted.value(otpUri) }))
    })
  ).pipe(HttpApiSchema.status(status), Schema.annotate({ description: "ok" }))

const noContent = (status: number) =>
  HttpApiSchema.Empty(status).pipe(Schema.annotate({ description: status === 204 ? "no content" : "ok" }))

// The OpenAPI document shows only the failures that the API documents.
const isDocumented = (status: number) => Object.values(documented).some((failure) => failure.status === status)

const replies = <O extends Operation>(operation: O) =>
  Array.from(failures(operation))
    .filter(([status]) => isDocumented(status))
    .map(([status, Failure]) =>
      Body.pipe(
        Schema.decodeTo(Schema.instanceOf(Failure), {
          decode: SchemaGetter.transform((body) => new Failure({ ...body, operation })),
          encode: SchemaGetter.transform(({ error, errors }: ErrorBody) => ({
            ...(error === undefined ? {} : { error }),
            ...(errors === undefined ? {} : { errors })
          }))
        })
      ).pipe(HttpApiSchema.status(status), Schema.annotate({ description: descriptions[status] ?? "error" }))
    )

const descriptions: Record<number, string> = {
  400: "bad request",
  401: "unauthorized",
  404: "not found",
  422: "unprocessable entity",
  500: "internal server error"
}

const productDocs = "https://metal.equinix.com/developers/docs/accounts/two-factor-authentication/"

// The router writes `:otp` for the template's `{otp}`.
const route = (path: `/${string}`): `/${string}` => `/${path.slice(1).replaceAll(/\{(\w+)\}/g, ":$1")}`

// Turns two-factor authentication on or off. The four endpoints differ only in their texts.
const turningOnOrOff = <O extends "enableTfaApp" | "disableTfaApp" | "enableTfaSms" | "disableTfaSms">(
  operation: O,
  text: { readonly summary: string; readonly description: string }
) =>
  HttpApiEndpoint.make(endpoints[operation].method)(operation, route(endpoints[operation].path), {
    headers: { [otpHeader]: Schema.RedactedFromValue(Schema.String) },
    success: noContent(endpoints[operation].success),
    error: replies(operation)
  }).annotateMerge(OpenApi.annotations(text))

const { findEnsureOtp, findRecoveryCodes, receiveCodes, regenerateCodes, seedApp } = endpoints

/**
 * The group `OTPs`: the operations on codes and seeds. The names are the API's own.
 *
 * @category groups
 * @since 0.1.0
 */
export class Otps extends HttpApiGroup.make("OTPs", { topLevel: true })
  .add(
    HttpApiEndpoint.make(findRecoveryCodes.method)("findRecoveryCodes", route(findRecoveryCodes.path), {
      success: recoveryCodes(findRecoveryCodes.success),
      error: replies("findRecoveryCodes")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Retrieve my recovery codes",
        description: "Returns my recovery codes."
      })
    ),
    HttpApiEndpoint.make(regenerateCodes.method)("regenerateCodes", route(regenerateCodes.path), {
      success: recoveryCodes(regenerateCodes.success),
      error: replies("regenerateCodes")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Generate new recovery codes",
        description: "Generate a new set of recovery codes."
      })
    ),
    HttpApiEndpoint.make(receiveCodes.method)("receiveCodes", route(receiveCodes.path), {
      success: noContent(receiveCodes.success),
      error: replies("receiveCodes")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Receive an OTP per sms",
        description: "Sends an OTP to the user's mobile phone."
      })
    ),
    HttpApiEndpoint.make(findEnsureOtp.method)("findEnsureOtp", route(findEnsureOtp.path), {
      params: { otp: Schema.RedactedFromValue(Schema.String) },
      success: noContent(findEnsureOtp.success),
      error: replies("findEnsureOtp")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Verify user by providing an OTP",
        description:
          "It verifies the user once a valid OTP is provided. It gives back a session token, essentially " +
          "logging in the user."
      })
    ),
    HttpApiEndpoint.make(seedApp.method)("seedApp", route(seedApp.path), {
      success: seed(seedApp.success),
      error: replies("seedApp")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Issue OTP seeds",
        description: "Issues an OTP seed for an authenticator app."
      })
    )
  )
  .middleware(Authentication)
  .annotateMerge(
    OpenApi.annotations({
      description: `OTP Management. Check out the product docs to learn more about [OTP](${productDocs}).\n`,
      externalDocs: { url: productDocs }
    })
  ) {}

/**
 * The group `TwoFactorAuth`: the operations that turn two-factor authentication on and off. The names
 * are the API's own.
 *
 * @category groups
 * @since 0.1.0
 */
export class TwoFactorAuth extends HttpApiGroup.make("TwoFactorAuth", { topLevel: true })
  .add(
    turningOnOrOff("enableTfaApp", {
      summary: "Enable two factor auth using app",
      description: "Enables two factor authentication using authenticator app."
    }),
    turningOnOrOff("disableTfaApp", {
      summary: "Disable two factor authentication",
      description: "Disables two factor authentication."
    }),
    turningOnOrOff("enableTfaSms", {
      summary: "Enable two factor auth using sms",
      description: "Enables two factor authentication with sms."
    }),
    turningOnOrOff("disableTfaSms", {
      summary: "Disable two factor authentication",
      description: "Disables two factor authentication."
    })
  )
  .middleware(Authentication)
  .annotateMerge(
    OpenApi.annotations({
      description: `Two Factor Authentication Management. Check out the product docs to learn more about [2FA](${productDocs}).\n`,
      externalDocs: { url: productDocs }
    })
  ) {}

/**
 * The API. `OpenApi.fromApi(MetalOtp)` makes its OpenAPI document.
 *
 * @example
 * ```ts
 * import { Api } from "@metal-otp/schema"
 * import { OpenApi } from "effect/http-api"
 *
 * OpenApi.fromApi(Api.MetalOtp).paths["/user/otp/sms/receive"]?.post?.operationId // => "receiveCodes"
 * ```
 *
 * @category apis
 * @since 0.1.0
 */
export class MetalOtp extends HttpApi.make("MetalOtp")
  .add(Otps, TwoFactorAuth)
  .annotateMerge(
    OpenApi.annotations({
      title: "Metal API (OTP subset)",
      version: "1.0.0",
      servers: [{ url: defaultBaseUrl }],
      transform: openSchemas
    })
  ) {}

// The API may add properties later. Decoding ignores them, so the document must not forbid them.
function openSchemas(document: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(document)
      .filter(([key, value]) => key !== "additionalProperties" || value !== false)
      .map(([key, value]) => [key, openValue(value)])
  )
}

function openValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openValue)
  return Predicate.isObject(value) ? openSchemas({ ...value }) : value
}
