/** The interfaces of clients with the four operations, so that one driver can run all of them. */
import type { Effect } from "effect"
import type { Reply } from "./Reply.ts"

/** The options of a client. */
export interface Options {
  readonly baseUrl: string
  readonly token: string
  /** Replaces the platform's `fetch`. */
  readonly fetch: typeof globalThis.fetch
}

/** A client with promises. Operations that can be cancelled take a signal. */
export interface Promised {
  readonly findRecoveryCodes: (signal?: AbortSignal) => Promise<Reply<ReadonlyArray<string>>>
  readonly regenerateCodes: (signal?: AbortSignal) => Promise<Reply<ReadonlyArray<string>>>
  readonly receiveCodes: (signal?: AbortSignal) => Promise<Reply<void>>
  readonly findEnsureOtp: (otp: string, signal?: AbortSignal) => Promise<Reply<void>>
}

/** A client with effects. The failure of a refused call has a `status`. */
export interface Effectful {
  readonly findRecoveryCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly regenerateCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly receiveCodes: () => Effect.Effect<void, object>
  readonly findEnsureOtp: (otp: string) => Effect.Effect<void, object>
}
