import type { Operation } from "../Operation.ts"
import type { Outcome } from "../Outcome.ts"

/** What an outcome means for the person who called the operation, and what to do next. */
export const consequence: Record<Operation, Record<Outcome, string>> = {
  findRecoveryCodes: {
    NotApplied: "Nothing was read.",
    Applied: "Reading changes nothing, so the call can be repeated.",
    Unknown: "Reading changes nothing, so the call can be repeated."
  },
  regenerateCodes: {
    NotApplied: "The recovery codes were not replaced.",
    Applied: "The recovery codes were replaced: read the new ones with findRecoveryCodes.",
    Unknown:
      "The recovery codes may have been replaced: read them with findRecoveryCodes before relying on the old ones."
  },
  receiveCodes: {
    NotApplied: "No SMS was sent.",
    Applied: "The SMS was accepted for sending: wait for it instead of asking again.",
    Unknown: "An SMS may have been sent: wait for it before asking again."
  },
  findEnsureOtp: {
    NotApplied: "The OTP was not accepted.",
    Applied: "The OTP was accepted and is used up.",
    Unknown: "The OTP may have been accepted and used up: it may not verify again."
  }
}
