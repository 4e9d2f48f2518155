/**
 * The names of spans and metrics: those of OpenTelemetry's semantic conventions for HTTP clients, and
 * those of this library, which begin with `metal_otp`.
 *
 * @since 0.1.0
 */
import type { BaseUrl } from "./BaseUrl.ts"
import { type Endpoint, endpoints } from "./Endpoint.ts"
import type { Operation } from "./Operation.ts"

/**
 * The histogram of the duration of each try, in seconds.
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
 * @param operation the operation of the call
 *
 * @category accessors
 * @since 0.1.0
 */
export const spanName = (operation: Operation): string =>
  `${endpoints[operation].group === "OTPs" ? "OtpsClient" : "TwoFactorAuthClient"}.${operation}`

/**
 * The attributes of a call's span. They hold the template of the path. The path itself may hold an OTP.
 *
 * @param endpoint the endpoint of the operation
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
 * Returns OpenTelemetry's `error.type` of a failure: the status of an error reply, or else the reason
 * or the class of the failure.
 *
 * @param failure the failure of a try
 * @param status the status of the error reply, if there is one
 *
 * @category accessors
 * @since 0.1.0
 */
export const errorType = (
  failure: { readonly _tag: string; readonly reason?: string | undefined },
  status: number | undefined
): string => (status === undefined ? (failure.reason ?? failure._tag) : String(status))
