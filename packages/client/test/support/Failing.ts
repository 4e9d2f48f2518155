import { Effect } from "effect"
import { HttpClientError, type HttpClientRequest } from "effect/http"

const syscalls: Readonly<Record<string, string>> = { ECONNREFUSED: "connect", ENOTFOUND: "getaddrinfo" }

/** A transport's failure with a system code, as Node's fetch wraps it. */
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
