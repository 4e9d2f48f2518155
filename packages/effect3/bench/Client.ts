import type { Effect } from "effect"

/** The options of a client. Its context provides the transport. */
export interface Options {
  readonly baseUrl: string
  readonly token: string
}

/** A client on Effect 3. A failure of the API has its `status`. */
export interface Effectful {
  readonly findRecoveryCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly regenerateCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly receiveCodes: () => Effect.Effect<void, object>
  readonly findEnsureOtp: (otp: string) => Effect.Effect<void, object>
}
