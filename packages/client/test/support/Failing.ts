/** Failures of transports. */
import { Effect } from "effect"
import { HttpClientError, type HttpClientRequest } from "effect/http"

const syscalls: Readonly<Record<string, string>> = { ECONNREFUSED: "connect", ENOTFOUND: "getaddrinfo" }

/** Fails with a system error code, in the way of Node's `fetch`. */
export const transportError = (
  request: HttpClientRequest.HttpClientRequest,
  code: string,
  syscall = syscalls[code] ?? "read"
) =>
  Effect.fail(
    new HttpClientError.HttpClientError({
      reason: new HttpClientError.TransportError({
        request,
        cause: new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) })
      })
    })
  )
