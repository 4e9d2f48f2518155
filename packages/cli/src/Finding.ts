/**
 * What `doctor` found of one thing.
 */
export interface Finding {
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
  /** Whether it lies between this machine and the API. */
  readonly network: boolean
}

const finding =
  (network: boolean) =>
  (check: Finding["check"], status: Finding["status"], detail: string): Finding => ({ check, status, detail, network })

/** Of this machine. */
export const local = finding(false)

/** Of what lies between this machine and the API. */
export const remote = finding(true)
