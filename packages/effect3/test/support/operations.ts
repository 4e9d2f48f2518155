import { Otp, type OtpsClient, type OtpsError, type RecoveryCodeList } from "@metal-otp/effect3"
import { Effect, Redacted } from "effect"

export const token = "s3cret-token"
export const otp = "s3cret-otp/../?#%"
export const authToken = Redacted.make(token)

/** The operations of `OtpsClient`, without the seed of an app. */
export type Called = "findRecoveryCodes" | "regenerateCodes" | "receiveCodes" | "findEnsureOtp"

export const operations: ReadonlyArray<Called> = [
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findEnsureOtp"
]

type Call = (client: OtpsClient.Service) => Effect.Effect<RecoveryCodeList.RecoveryCodeList | void, OtpsError.OtpsError>

/** Each operation, called in the plainest way. */
export const call: Record<Called, Call> = {
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp))
}
