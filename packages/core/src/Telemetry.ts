/**
 * The names that spans and metrics use: OpenTelemetry's semantic conventions for
 * HTTP clients, and our own below `metal_otp`.
 *
 * @since 0.1.0
 */
import type { BaseUrl } from "./BaseUrl.ts"
import { type Endpoint, endpoints } from "./Endpoint.ts"
import type { Operation } from "./Operation.ts"

/**
 * The histogram of tries, in seconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const requestDuration = {
  name: "http.client.request.duration",
  description: "Duration of HTTP client requests.",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
} as const

/**
 * The counter of calls.
 *
 * @category constants
 * @since 0.1.0
 */
export const calls = { name: "metal_otp.client.calls", description: "Calls of operations." } as const

/**
 * The counter of failed calls.
 *
 * @category constants
 * @since 0.1.0
 */
export const failures = {
  name: "metal_otp.client.failures",
  description: "Calls that failed, by the class of the failure."
} as const

/**
 * The counter of retries.
 *
 * @category constants
 * @since 0.1.0
 */
export const retries = {
  name: "metal_otp.client.retries",
  description: "Tries after the first of a call, by the class of the failure before them."
} as const

/**
 * The name of the span of a call.
 *
 * @param operation what is called
 *
 * @category accessors
 * @since 0.1.0
 */
export const spanName = (operation: Operation): string =>
  `${endpoints[operation].group === "OTPs" ? "OtpsClient" : "TwoFactorAuthClient"}.${operation}`

/**
 * The attributes of a call's span. They have the path's template, never the path.
 *
 * @param endpoint the operation's
 * @param baseUrl where the API is
 *
 * @category constructors
 * @since 0.1.0
 */
export const attributes = ({ method, path }: Endpoint, { address, port }: BaseUrl) => ({
  "http.request.method": method,
  "url.template": path,
  "server.address": address,
  "server.port": port
})

/**
 * OpenTelemetry's `error.type` of a failure: the status of an error reply, else the reason or the
 * class.
 *
 * @param failure the failure of a try
 * @param refusal the status of the error reply, if there was one
 *
 * @category accessors
 * @since 0.1.0
 */
export const errorType = (
  failure: { readonly _tag: string; readonly reason?: string | undefined },
  refusal: number | undefined
): string => (refusal === undefined ? (failure.reason ?? failure._tag) : String(refusal))
