/**
 * Which calls may be retried. The API has no idempotency key, and every operation except
 * `findRecoveryCodes` has an effect that must not happen twice. So this table decides by the failure
 * and the operation:
 *
 * | failure | `findRecoveryCodes` | operations with an effect |
 * | --- | --- | --- |
 * | `RateLimited` | yes | yes |
 * | `CallRejected`, `RateLimitExceeded` | yes | yes |
 * | `TransportFailure` with outcome `"NotApplied"`: connection refused, name not resolved, no TLS, not connected in time | yes | yes |
 * | `TransportFailure` with another outcome: connection lost, timed out | yes | never |
 * | `TransportFailure`, `ProxyRefused` or `Other` | no | no |
 * | `UnexpectedStatus` 502, 503, 504 | yes | never |
 * | everything else | no | no |
 *
 * @since 0.1.0
 */
import { endpoints } from "./Endpoint.ts"
import type { Operation } from "./Operation.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * The parts of a failure that the table uses.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed {
  readonly _tag: string
  readonly outcome: Outcome
  readonly reason?: string | undefined
  readonly status?: number | undefined
}

const isGateway = (status: number | undefined) => status === 502 || status === 503 || status === 504

const repeatable = ({ _tag, outcome, reason, status }: Failed): "Always" | "IfRead" | "Never" => {
  switch (_tag) {
    case "RateLimited":
      return "Always"
    case "CallRejected":
      return reason === "RateLimitExceeded" ? "Always" : "Never"
    case "UnexpectedStatus":
      return isGateway(status) ? "IfRead" : "Never"
    case "TransportFailure":
      if (reason === "ProxyRefused" || reason === "Other") return "Never"
      return outcome === "NotApplied" ? "Always" : "IfRead"
    default:
      return "Never"
  }
}

/**
 * Whether an operation may be retried after a failure. The table at the top of this module decides.
 *
 * @param operation the operation that failed
 * @param failure the failure of the last try
 * @param repeatsEffects whether to repeat effects that may have happened
 *
 * @example
 * ```ts
 * import { Repetition } from "@metal-otp/core"
 *
 * const lost = { _tag: "TransportFailure", reason: "ConnectionLost", outcome: "Unknown" } as const
 * Repetition.mayRepeat("findRecoveryCodes", lost, false) // => true
 * Repetition.mayRepeat("receiveCodes", lost, false) // => false
 * ```
 *
 * @category predicates
 * @since 0.1.0
 */
export const mayRepeat = (operation: Operation, failure: Failed, repeatsEffects: boolean): boolean => {
  const row = repeatable(failure)
  return row === "Always" || (row === "IfRead" && (endpoints[operation].kind === "Read" || repeatsEffects))
}
