/**
 * What an outcome means for the person who called the operation.
 *
 * @since 0.1.0
 */
import type { Operation } from "./Operation.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * What an outcome means, and what to do next, as two clauses. The command line shows only the first
 * one, and names its own command as the next step.
 *
 * @category models
 * @since 0.1.0
 */
export type Consequence = readonly [happened: string, next?: string]

const reading: Consequence = ["Reading changes nothing, so the call can be repeated"]

const ofTurning = (factor: "app" | "SMS", to: "on" | "off"): Readonly<Record<Outcome, Consequence>> => ({
  NotApplied: [`Two-factor authentication by ${factor} was not turned ${to}`],
  Applied: [`Two-factor authentication by ${factor} was turned ${to}, and the OTP is used up`],
  Unknown: [`Two-factor authentication by ${factor} may have been turned ${to}`, "the OTP may not work again"]
})

/**
 * The meaning of each outcome of each operation, for messages of failures and of the command line.
 *
 * @category constants
 * @since 0.1.0
 */
export const consequences: Readonly<Record<Operation, Readonly<Record<Outcome, Consequence>>>> = {
  findRecoveryCodes: { NotApplied: ["Nothing was read"], Applied: reading, Unknown: reading },
  regenerateCodes: {
    NotApplied: ["The recovery codes were not replaced"],
    Applied: ["The recovery codes were replaced", "read the new ones with findRecoveryCodes"],
    Unknown: [
      "The recovery codes may have been replaced",
      "read them with findRecoveryCodes before relying on the old ones"
    ]
  },
  receiveCodes: {
    NotApplied: ["No SMS was sent"],
    Applied: ["The SMS was accepted for sending", "wait for it instead of asking again"],
    Unknown: ["An SMS may have been sent", "wait for it before asking again"]
  },
  findEnsureOtp: {
    NotApplied: ["The OTP was not accepted"],
    Applied: ["The OTP was accepted and is used up"],
    Unknown: ["The OTP may have been accepted and used up", "it may not verify again"]
  },
  seedApp: {
    NotApplied: ["No seed was issued"],
    Applied: ["A seed was issued", "ask for another one, since an app with the earlier seed may no longer work"],
    Unknown: ["A seed may have been issued", "an app with the earlier seed may no longer work"]
  },
  enableTfaApp: ofTurning("app", "on"),
  disableTfaApp: ofTurning("app", "off"),
  enableTfaSms: ofTurning("SMS", "on"),
  disableTfaSms: ofTurning("SMS", "off")
}

/**
 * Says in one sentence what an outcome means, and what to do next.
 *
 * @param operation the operation that was called
 * @param outcome the outcome of its failure
 *
 * @example
 * ```ts
 * import { Consequence } from "@metal-otp/core"
 *
 * Consequence.sentence("receiveCodes", "Unknown") // => "An SMS may have been sent: wait for it before asking again."
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const sentence = (operation: Operation, outcome: Outcome): string =>
  `${consequences[operation][outcome].join(": ")}.`
