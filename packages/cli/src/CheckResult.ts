/**
 * The result of one check of `metal-otp doctor`.
 */
export interface CheckResult {
  readonly check:
    | "node"
    | "terminal"
    | "config"
    | "output"
    | "timeout"
    | "retries"
    | "token"
    | "api-url"
    | "proxy"
    | "name"
    | "tcp"
    | "tls"
    | "http"
    | "clock"
  readonly status: "ok" | "warning" | "failed"
  readonly detail: string
  /** Whether the check is of the network, and not of this machine. A failure has another exit code then. */
  readonly isNetwork: boolean
}

const result =
  (isNetwork: boolean) =>
  (check: CheckResult["check"], status: CheckResult["status"], detail: string): CheckResult => ({
    check,
    status,
    detail,
    isNetwork
  })

/** A check of this machine and its settings. */
export const local = result(false)

/** A check of the network between this machine and the API. */
export const network = result(true)
