import {
  InternalServerError,
  type RateLimited,
  Unauthorized,
  type UnprocessableEntity
} from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { EmulatorClock } from "../EmulatorClock.ts"
import type { Operations } from "../Operations.ts"
import type * as SmsDelivery from "../SmsDelivery.ts"
import type * as Store from "../Store.ts"
import type { Change } from "../View.ts"
import * as behaviour from "./behaviour.ts"
import { newOtp, newRecoveryCodes } from "./codes.ts"
import type { Directory } from "./directory.ts"
import { newSecret } from "./enrolment.ts"
import type { Settings } from "./options.ts"
import { type Typed, withoutSms } from "./proofs.ts"
import type { Randomness } from "./randomness.ts"
import { invalidToken } from "./replies.ts"
import * as turning from "./turning.ts"
import { withoutStack } from "./withoutStack.ts"

/** What the operations are made of. */
export interface Parts {
  readonly store: Store.Service
  /** Delivers SMS, which are in the outbox too. */
  readonly delivery: Option.Option<SmsDelivery.Service>
  readonly randomness: Randomness
  readonly settings: Settings
  readonly directory: Directory
  readonly clock: EmulatorClock
  readonly publish: (change: Change) => Effect.Effect<void>
}

/** The operations, and what an SMS was that they sent. */
export interface Made {
  readonly operations: Operations
  /** `receiveCodes` that tells of its SMS. */
  readonly sendSms: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<Store.Sms, Unauthorized | UnprocessableEntity | RateLimited | InternalServerError>
}

const sent = (sms: Store.Sms) => ({ reply: Result.succeed(sms), sms, carriedOut: "receiveCodes" as const })

/** Makes the operations: each is a step of one account in the store. */
export const make = ({ clock, delivery, directory, publish, randomness, settings, store }: Parts): Made => {
  const entryOf = (operation: Operation, authToken: Redacted.Redacted<string>) =>
    Effect.mapError(
      Effect.fromOption(directory.withToken(authToken)),
      () => new Unauthorized({ operation, error: invalidToken })
    )

  /** One step of one account, told to whoever watches. */
  const take = Effect.fnUntraced(function* <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    step: (account: Store.Account, nextSmsId: number) => Store.Step<Result.Result<A, E>>
  ): Effect.fn.Return<A, E | Unauthorized> {
    const stepped = yield* store.modify(authToken, (account, nextSmsId) => {
      const { reply, ...changes } = withoutStack(() => step(account, nextSmsId))
      return { ...changes, reply: { name: account.name, reply, changes } }
    })
    if (Option.isNone(stepped)) return yield* new Unauthorized({ operation, error: invalidToken })
    const { changes, name, reply } = stepped.value
    if (changes.account !== undefined) yield* publish({ _tag: "UserChanged", name })
    if (changes.sms !== undefined) yield* publish({ _tag: "SmsSent", sms: changes.sms })
    return yield* Effect.fromResult(reply)
  })

  /** The code works before the delivery starts, and not any more when that fails. */
  const deliver = (
    authToken: Redacted.Redacted<string>,
    sms: Store.NewSms,
    delivered: Effect.Effect<void, SmsDelivery.SmsNotDelivered>
  ) =>
    delivered.pipe(
      Effect.onError(() =>
        Effect.ignore(
          take("receiveCodes", authToken, (account) => ({
            reply: Result.succeed(undefined),
            account: withoutSms(account, sms)
          }))
        )
      ),
      Effect.mapError(
        () => new InternalServerError({ operation: "receiveCodes", errors: ["The SMS could not be sent"] })
      ),
      Effect.andThen(take("receiveCodes", authToken, (_, id) => sent({ id, ...sms })))
    )

  const sendSms = Effect.fnUntraced(function* (
    authToken: Redacted.Redacted<string>
  ): Effect.fn.Return<Store.Sms, Unauthorized | UnprocessableEntity | RateLimited | InternalServerError> {
    const { name, options } = yield* entryOf("receiveCodes", authToken)
    const otp = options.otp === undefined ? yield* newOtp(randomness.of(name)) : Redacted.value(options.otp)
    const now = yield* clock.now
    if (Option.isNone(delivery)) {
      return yield* take("receiveCodes", authToken, (account, id) => {
        const { account: after, reply } = behaviour.newSms(account, otp, settings, now)
        return Result.isFailure(reply)
          ? { reply: Result.fail(reply.failure) }
          : { ...sent({ id, ...reply.success }), account: after }
      })
    }
    const { value } = delivery
    const made = take("receiveCodes", authToken, (account) => behaviour.newSms(account, otp, settings, now))
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(made, (sms) => deliver(authToken, sms, restore(value.deliver(sms))))
    )
  })

  /** One step that an OTP is typed for. */
  const takeOtp = <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>,
    step: (account: Store.Account, typed: Typed) => Store.Step<Result.Result<A, E>>
  ) =>
    Effect.flatMap(clock.now, (now) => take(operation, authToken, (account) => step(account, { otp, settings, now })))

  const enable = Effect.fnUntraced(function* (
    operation: "enableTfaApp" | "enableTfaSms",
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>,
    step: typeof turning.enableTfaApp
  ): Effect.fn.Return<void, Unauthorized | RateLimited> {
    const { name } = yield* entryOf(operation, authToken)
    const codes = yield* newRecoveryCodes(randomness.of(name))
    return yield* takeOtp(operation, authToken, otp, (account, typed) => step(account, typed, codes))
  })

  const operations: Operations = {
    findRecoveryCodes: (authToken) => take("findRecoveryCodes", authToken, behaviour.findRecoveryCodes),

    regenerateCodes: Effect.fnUntraced(function* (authToken) {
      const { name } = yield* entryOf("regenerateCodes", authToken)
      const codes = yield* newRecoveryCodes(randomness.of(name))
      return yield* take("regenerateCodes", authToken, (account) => behaviour.regenerateCodes(account, codes))
    }),

    receiveCodes: (authToken) => Effect.asVoid(sendSms(authToken)),

    findEnsureOtp: (authToken, otp) => takeOtp("findEnsureOtp", authToken, otp, behaviour.findEnsureOtp),

    seedApp: Effect.fnUntraced(function* (authToken) {
      const { name } = yield* entryOf("seedApp", authToken)
      const secret = yield* newSecret(randomness.of(name))
      return yield* take("seedApp", authToken, (account) => turning.seedApp(account, secret))
    }),

    enableTfaApp: (authToken, otp) => enable("enableTfaApp", authToken, otp, turning.enableTfaApp),

    disableTfaApp: (authToken, otp) => takeOtp("disableTfaApp", authToken, otp, turning.disableTfaApp),

    enableTfaSms: (authToken, otp) => enable("enableTfaSms", authToken, otp, turning.enableTfaSms),

    disableTfaSms: (authToken, otp) => takeOtp("disableTfaSms", authToken, otp, turning.disableTfaSms)
  }
  return { operations, sendSms }
}
