/** The replies that do not depend on the operation, with the API's texts. */
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

/** The API's error for an unknown token. */
export const invalidToken = "Invalid authentication token"

/** The API's error for a wrong OTP where two-factor authentication is turned on or off. */
export const invalidOtp = "Invalid OTP"

export const errorResponse = (status: number, message: string, headers?: Record<string, string>) =>
  HttpServerResponse.jsonUnsafe({ errors: [message] } satisfies ErrorBody, { status, ...(headers && { headers }) })

/** A successful reply without a body. A 200 needs a length: without one, Node sends an empty chunked body. */
export const emptyResponse = (status: 200 | 204) =>
  HttpServerResponse.empty({ status, ...(status === 200 && { headers: { "content-length": "0" } }) })

export const unauthorized = HttpServerResponse.jsonUnsafe({ error: invalidToken } satisfies ErrorBody, { status: 401 })

export const notFound = errorResponse(404, "Not found")

export const internalServerError = errorResponse(500, "Internal server error")
