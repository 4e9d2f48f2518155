import type { Operation } from "@metal-otp/schema/Operation"

/** The counts of all operations at the start. */
export const zeroCounts: Readonly<Record<Operation, number>> = {
  findRecoveryCodes: 0,
  regenerateCodes: 0,
  receiveCodes: 0,
  findEnsureOtp: 0,
  seedApp: 0,
  enableTfaApp: 0,
  disableTfaApp: 0,
  enableTfaSms: 0,
  disableTfaSms: 0
}
