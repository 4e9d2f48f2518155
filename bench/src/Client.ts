/** The shapes that clients of the four operations have, so that one driver can run all of them. */
import type { Effect } from "effect"
import type { Reply } from "./Reply.ts"

/** What a client is made with. */
export interface Options {
  readonly baseUrl: string
  readonly token: string
  /** In place of the platform's own. */
  readonly fetch: typeof globalThis.fetch
}

/** A client whose calls are promises. One that can be cancelled takes a signal. */
export interface Promised {
  readonly findRecoveryCodes: (signal?: AbortSignal) => Promise<Reply<ReadonlyArray<string>>>
  readonly regenerateCodes: (signal?: AbortSignal) => Promise<Reply<ReadonlyArray<string>>>
  readonly receiveCodes: (signal?: AbortSignal) => Promise<Reply<void>>
  readonly findEnsureOtp: (otp: string, signal?: AbortSignal) => Promise<Reply<void>>
}

/** A client whose calls are effects; a refusal has a `status`. */
export interface Effectful {
  readonly findRecoveryCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly regenerateCodes: () => Effect.Effect<ReadonlyArray<string>, object>
  readonly receiveCodes: () => Effect.Effect<void, object>
  readonly findEnsureOtp: (otp: string) => Effect.Effect<void, object>
}
