/**
 * What the process ends with, so that a script can tell a refusal from an
 * outage, and an outage from an effect that may have happened.
 *
 * | code | meaning                                                                                        |
 * | ---- | ---------------------------------------------------------------------------------------------- |
 * | 0    | done                                                                                           |
 * | 1    | the API answered, and refused, or what it said of a read made no sense                         |
 * | 2    | usage: a flag, the configuration, the OTP, a file; nothing was sent                            |
 * | 3    | network: no reply, and certainly nothing happened                                              |
 * | 4    | an effect that may have happened, or has happened with its result lost: do not just repeat it  |
 * | 70   | a bug in this program                                                                          |
 * | 129  | stopped by SIGHUP: the terminal is gone                                                        |
 * | 130  | stopped by the user: Ctrl-C, Esc or Ctrl-D in a question, or no for an answer                  |
 * | 143  | stopped by SIGTERM                                                                             |
 */
import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { OtpsError } from "@metal-otp/schema/OtpsError"

export const done = 0
export const refused = 1
export const usage = 2
export const network = 3
export const unknown = 4
export const bug = 70
export const hungUp = 129
export const stopped = 130
export const terminated = 143

/**
 * The code that a failed call stands for.
 *
 * @param error how the call failed
 */
export const of = (error: OtpsError): number => {
  if (error._tag === "InvalidOtp") return usage
  if (error.outcome !== "NotApplied" && Endpoint.endpoints[error.operation].kind === "Effect") return unknown
  return error._tag === "TransportFailure" || error._tag === "CallRejected" ? network : refused
}
