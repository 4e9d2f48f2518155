/** Effects that only call another client's promises: the least that anything on Effect costs. */
import { Data, Effect } from "effect"
import type { Effectful, Promised } from "../Client.ts"
import type { Reply } from "../Reply.ts"

class Refused extends Data.TaggedError("Refused")<{
  readonly status: number
  readonly messages: ReadonlyArray<string>
}> {}

class Failed extends Data.TaggedError("Failed")<{ readonly cause: unknown }> {}

const call = <A>(send: (signal: AbortSignal) => Promise<Reply<A>>): Effect.Effect<A, Refused | Failed> =>
  Effect.flatMap(
    Effect.tryPromise({ try: (signal) => send(signal), catch: (cause) => new Failed({ cause }) }),
    (reply) => (reply._tag === "Success" ? Effect.succeed(reply.value) : Effect.fail(new Refused(reply)))
  )

export const make = (client: Promised): Effectful => ({
  findRecoveryCodes: () => call(client.findRecoveryCodes),
  regenerateCodes: () => call(client.regenerateCodes),
  receiveCodes: () => call(client.receiveCodes),
  findEnsureOtp: (otp) => call((signal) => client.findEnsureOtp(otp, signal))
})
