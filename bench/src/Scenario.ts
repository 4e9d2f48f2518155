/** The calls and replies, which are the same for all clients. */
import { Schema } from "effect"

/**
 * `success`: `findRecoveryCodes` with the reply 200 and ten codes. `unauthorized`:
 * the same with 401. `noContent`: `findEnsureOtp` with 204.
 */
export const Scenario = Schema.Literals(["success", "unauthorized", "noContent"])

export type Scenario = typeof Scenario.Type

/** The replies: those of the scenarios, and 429. */
export type Answered = Scenario | "tooMany"

export const token = "bench-token"

export const otp = "123456"

interface Answer {
  readonly status: number
  readonly body: string | null
}

export const codes = Array.from({ length: 10 }, (_, index) => `code-${index}-0123456789`)

export const codeCount = codes.length

export const answers: Record<Answered, Answer> = {
  success: { status: 200, body: JSON.stringify({ recovery_codes: codes }) },
  unauthorized: { status: 401, body: JSON.stringify({ error: "Invalid authentication token" }) },
  noContent: { status: 204, body: null },
  tooMany: { status: 429, body: JSON.stringify({ error: "Too many requests" }) }
}
