import type { Effect } from "effect"

/** What a client is made with, but for the transport. */
export interface Options {
  readonly baseUrl: string
  readonly token: string
}

/** A client whose calls are effects of Effect 3; a refusal has a `status`. */
export interface Effectful {
  readonly findRecoveryCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly regenerateCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly receiveCodes: () => Effect.Effect<void, object>
  readonly findEnsureOtp: (otp: string) => Effect.Effect<void, object>
}
