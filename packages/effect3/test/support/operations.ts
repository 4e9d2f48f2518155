import { endpoints } from "@metal-otp/core/Endpoint"
import { type Operation, Otp, type OtpsClient, type OtpsError, type RecoveryCodeList } from "@metal-otp/effect3"
import { Effect, Redacted, Struct } from "effect"

export const token = "s3cret-token"
export const otp = "s3cret-otp/../?#%"
export const authToken = Redacted.make(token)

export const operations: ReadonlyArray<Operation.Operation> = Struct.keys(endpoints)

type Call = (client: OtpsClient.Service) => Effect.Effect<RecoveryCodeList.RecoveryCodeList | void, OtpsError.OtpsError>

/** Each operation, called in the plainest way. */
export const call: Record<Operation.Operation, Call> = {
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => Effect.flatMap(Otp.make(otp), (otp) => client.findEnsureOtp(otp))
}
