/**
 * The exit codes. A script can tell a refusal from a lost connection, and a lost connection from an effect that may have
 * happened.
 *
 * | code | meaning                                                                                        |
 * | ---- | ---------------------------------------------------------------------------------------------- |
 * | 0    | done                                                                                           |
 * | 1    | the API refused, or its reply to a read can't be used                                          |
 * | 2    | a flag, a setting, the OTP or a file is wrong; nothing was sent                                |
 * | 3    | no connection, and certainly nothing happened; or the emulator was not ready in time           |
 * | 4    | an effect that may have happened, or has happened with its result lost: do not just repeat it  |
 * | 70   | a bug in this program                                                                          |
 * | 129  | stopped by SIGHUP: the terminal is gone                                                        |
 * | 130  | stopped by the user: Ctrl-C, Esc or Ctrl-D in a question, or the answer no                     |
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
 * The exit code of a failed call.
 *
 * @param error the failure of the client
 */
export const of = (error: OtpsError): number => {
  if (error._tag === "InvalidOtp") return usage
  if (error.outcome !== "NotApplied" && Endpoint.endpoints[error.operation].kind === "Effect") return unknown
  return error._tag === "TransportFailure" || error._tag === "CallRejected" ? network : refused
}
