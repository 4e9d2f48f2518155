/** The replies that no operation gives, in the API's words. */
import type { ErrorBody } from "@metal-otp/schema/ErrorBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

/** What the API says to a token that it does not know. */
export const invalidToken = "Invalid authentication token"

/** What it says to an OTP that turns nothing on or off. */
export const invalidOtp = "Invalid OTP"

export const errorResponse = (status: number, message: string, headers?: Record<string, string>) =>
  HttpServerResponse.jsonUnsafe({ errors: [message] } satisfies ErrorBody, { status, ...(headers && { headers }) })

/** A reply of success that has no body. Without a length, Node would send one of no chunks. */
export const bodiless = (status: 200 | 204) =>
  HttpServerResponse.empty({ status, ...(status === 200 && { headers: { "content-length": "0" } }) })

export const unauthorized = HttpServerResponse.jsonUnsafe({ error: invalidToken } satisfies ErrorBody, { status: 401 })

export const notFound = errorResponse(404, "Not found")

export const internalServerError = errorResponse(500, "Internal server error")
