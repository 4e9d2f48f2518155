import { InternalServerError, Unauthorized } from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Operations, Serving } from "../Operations.ts"
import type * as SmsDelivery from "../SmsDelivery.ts"
import type * as Store from "../Store.ts"
import type { Change } from "../View.ts"
import * as behaviour from "./behaviour.ts"
import { newOtp, newRecoveryCodes } from "./codes.ts"
import { invalidToken } from "./replies.ts"
import type { Settings } from "./options.ts"

/** What the operations are made of. */
export interface Parts {
  readonly store: Store.Service
  /** What happens to an SMS besides that it stands in the outbox. */
  readonly delivery: Option.Option<SmsDelivery.Service>
  readonly random: SecureRandom.SecureRandom["Service"]
  readonly settings: Settings
  readonly nameOf: Serving["nameOf"]
  readonly publish: (change: Change) => Effect.Effect<void>
}

const sent = (sms: Store.Sms) => ({ reply: Result.succeed(undefined), sms, carriedOut: "receiveCodes" as const })

/** Makes the operations: each is a step of one account in the store. */
export const make = ({ delivery, nameOf, publish, random, settings, store }: Parts): Operations => {
  /** One step of one account, told to whoever watches. */
  const take = Effect.fnUntraced(function* <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    step: (account: Store.Account) => Store.Step<Result.Result<A, E>>
  ): Effect.fn.Return<A, E | Unauthorized> {
    const name = nameOf(authToken)
    const stepped = yield* store.modify(authToken, (account) => {
      const { reply, ...changes } = step(account)
      return { ...changes, reply: { reply, changes } }
    })
    if (Option.isNone(name) || Option.isNone(stepped)) {
      return yield* new Unauthorized({ operation, error: invalidToken })
    }
    const { changes, reply } = stepped.value
    if (changes.account !== undefined) yield* publish({ _tag: "UserChanged", name: name.value })
    if (changes.sms !== undefined) yield* publish({ _tag: "SmsSent", sms: changes.sms })
    return yield* Effect.fromResult(reply)
  })

  /** The code works before the delivery starts, and not any more when that fails. */
  const deliver = (
    authToken: Redacted.Redacted<string>,
    sms: Store.Sms,
    delivered: Effect.Effect<void, SmsDelivery.SmsNotDelivered>
  ) =>
    delivered.pipe(
      Effect.mapError(
        () => new InternalServerError({ operation: "receiveCodes", errors: ["The SMS could not be sent"] })
      ),
      Effect.onExit((exit) =>
        Effect.ignore(
          take("receiveCodes", authToken, (account) =>
            Exit.isSuccess(exit)
              ? sent(sms)
              : { reply: Result.succeed(undefined), account: behaviour.withoutSms(account, sms) }
          )
        )
      )
    )

  return {
    findRecoveryCodes: (authToken) => take("findRecoveryCodes", authToken, behaviour.findRecoveryCodes),

    regenerateCodes: (authToken) =>
      Effect.flatMap(newRecoveryCodes(random), (codes) =>
        take("regenerateCodes", authToken, (account) => behaviour.regenerateCodes(account, codes))
      ),

    receiveCodes: Effect.fnUntraced(function* (authToken) {
      const otp = yield* newOtp(random)
      const now = yield* Clock.currentTimeMillis
      const stepped = take("receiveCodes", authToken, (account) => {
        const made = behaviour.newSms(account, otp, settings, now)
        return Option.isNone(delivery) && Result.isSuccess(made.reply) ? { ...sent(made.reply.success), ...made } : made
      })
      if (Option.isNone(delivery)) return yield* Effect.asVoid(stepped)
      const { value } = delivery
      return yield* Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(stepped, (sms) => deliver(authToken, sms, restore(value.deliver(sms))))
      )
    }),

    findEnsureOtp: (authToken, otp) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        take("findEnsureOtp", authToken, (account) => behaviour.findEnsureOtp(account, otp, settings, now))
      )
  }
}
