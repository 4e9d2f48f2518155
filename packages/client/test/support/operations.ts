import type { OtpsClient } from "@metal-otp/client"
import { Endpoint, type Operation, Otp, type OtpsError, type RecoveryCodeList } from "@metal-otp/schema"
import { Effect, Redacted, Struct } from "effect"

export const token = "s3cret-token"
export const otp = "s3cret-otp/../?#%"
export const authToken = Redacted.make(token)

export const operations = Struct.keys(Endpoint.endpoints)

type Call = (client: OtpsClient.Service) => Effect.Effect<RecoveryCodeList.RecoveryCodeList | void, OtpsError.OtpsError>

/** Each operation, called in the plainest way. */
export const call: Record<Operation.Operation, Call> = {
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp))
}
