/** The operations of the API: each changes one account in the store, and publishes the change. */
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
import * as codeOperations from "./codeOperations.ts"
import { newOtp, newRecoveryCodes } from "./codes.ts"
import type { Directory } from "./directory.ts"
import { newSecret } from "./enrolment.ts"
import type { Settings } from "./options.ts"
import { type OtpInput, withoutSms } from "./otpVerification.ts"
import type { Randomness } from "./randomness.ts"
import { invalidToken } from "./replies.ts"
import type { Transition } from "./transition.ts"
import * as twoFactorOperations from "./twoFactorOperations.ts"
import { withoutStack } from "./withoutStack.ts"

export interface Dependencies {
  readonly store: Store.Service
  readonly delivery: Option.Option<SmsDelivery.Service>
  readonly randomness: Randomness
  readonly settings: Settings
  readonly directory: Directory
  readonly clock: EmulatorClock
  readonly publish: (change: Change) => Effect.Effect<void>
}

/** `receiveCodes`, with the SMS as its result. */
export type SendSms = (
  authToken: Redacted.Redacted<string>
) => Effect.Effect<Store.Sms, Unauthorized | UnprocessableEntity | RateLimited | InternalServerError>

const addToOutbox = (sms: Store.Sms) => ({ reply: Result.succeed(sms), sms, counted: "receiveCodes" as const })

/** Makes the operations of one emulator. */
export const make = ({
  clock,
  delivery,
  directory,
  publish,
  randomness,
  settings,
  store
}: Dependencies): { readonly operations: Operations; readonly sendSms: SendSms } => {
  const entryOf = (operation: Operation, authToken: Redacted.Redacted<string>) =>
    Effect.mapError(
      Effect.fromOption(directory.findByToken(authToken)),
      () => new Unauthorized({ operation, error: invalidToken })
    )

  /** Changes an account as `transition` says, and publishes what has changed. */
  const modify = Effect.fnUntraced(function* <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    transition: (account: Store.Account, nextSmsId: number) => Transition<A, E>
  ): Effect.fn.Return<A, E | Unauthorized> {
    const modified = yield* store.modify(authToken, (account, nextSmsId) => {
      const { reply, ...changes } = withoutStack(() => transition(account, nextSmsId))
      return { ...changes, reply: { name: account.name, reply, changes } }
    })
    if (Option.isNone(modified)) return yield* new Unauthorized({ operation, error: invalidToken })
    const { changes, name, reply } = modified.value
    if (changes.account !== undefined) yield* publish({ _tag: "UserChanged", name })
    if (changes.sms !== undefined) yield* publish({ _tag: "SmsSent", sms: changes.sms })
    return yield* Effect.fromResult(reply)
  })

  /** Delivers an SMS whose code works already. If the delivery fails or is interrupted, the code stops working. */
  const deliver = (
    authToken: Redacted.Redacted<string>,
    sms: Store.NewSms,
    delivery: Effect.Effect<void, SmsDelivery.SmsNotDelivered>
  ) =>
    delivery.pipe(
      Effect.onError(() =>
        Effect.ignore(
          modify("receiveCodes", authToken, (account) => ({
            reply: Result.succeed(undefined),
            account: withoutSms(account, sms)
          }))
        )
      ),
      Effect.mapError(
        () => new InternalServerError({ operation: "receiveCodes", errors: ["The SMS could not be sent"] })
      ),
      Effect.andThen(modify("receiveCodes", authToken, (_, id) => addToOutbox({ id, ...sms })))
    )

  const sendSms: SendSms = Effect.fnUntraced(function* (authToken) {
    const { name, options } = yield* entryOf("receiveCodes", authToken)
    const otp = options.otp === undefined ? yield* newOtp(randomness.of(name)) : Redacted.value(options.otp)
    const now = yield* clock.now
    if (Option.isNone(delivery)) {
      return yield* modify("receiveCodes", authToken, (account, id) => {
        const { account: changed, reply } = codeOperations.newSms(account, otp, settings, now)
        return Result.isFailure(reply)
          ? { reply: Result.fail(reply.failure) }
          : { ...addToOutbox({ id, ...reply.success }), account: changed }
      })
    }
    const service = delivery.value
    const newSms = modify("receiveCodes", authToken, (account) => codeOperations.newSms(account, otp, settings, now))
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(newSms, (sms) => deliver(authToken, sms, restore(service.deliver(sms))))
    )
  })

  const modifyWithOtp = <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>,
    transition: (account: Store.Account, input: OtpInput) => Transition<A, E>
  ) =>
    Effect.flatMap(clock.now, (now) =>
      modify(operation, authToken, (account) => transition(account, { otp, settings, now }))
    )

  const enable = Effect.fnUntraced(function* (
    operation: "enableTfaApp" | "enableTfaSms",
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>,
    transition: typeof twoFactorOperations.enableTfaApp
  ): Effect.fn.Return<void, Unauthorized | RateLimited> {
    const { name } = yield* entryOf(operation, authToken)
    const codes = yield* newRecoveryCodes(randomness.of(name))
    return yield* modifyWithOtp(operation, authToken, otp, (account, input) => transition(account, input, codes))
  })

  const operations: Operations = {
    findRecoveryCodes: (authToken) => modify("findRecoveryCodes", authToken, codeOperations.findRecoveryCodes),

    regenerateCodes: Effect.fnUntraced(function* (authToken) {
      const { name } = yield* entryOf("regenerateCodes", authToken)
      const codes = yield* newRecoveryCodes(randomness.of(name))
      return yield* modify("regenerateCodes", authToken, (account) => codeOperations.regenerateCodes(account, codes))
    }),

    receiveCodes: (authToken) => Effect.asVoid(sendSms(authToken)),

    findEnsureOtp: (authToken, otp) => modifyWithOtp("findEnsureOtp", authToken, otp, codeOperations.findEnsureOtp),

    seedApp: Effect.fnUntraced(function* (authToken) {
      const { name } = yield* entryOf("seedApp", authToken)
      const secret = yield* newSecret(randomness.of(name))
      return yield* modify("seedApp", authToken, (account) => twoFactorOperations.seedApp(account, secret))
    }),

    enableTfaApp: (authToken, otp) => enable("enableTfaApp", authToken, otp, twoFactorOperations.enableTfaApp),

    disableTfaApp: (authToken, otp) =>
      modifyWithOtp("disableTfaApp", authToken, otp, twoFactorOperations.disableTfaApp),

    enableTfaSms: (authToken, otp) => enable("enableTfaSms", authToken, otp, twoFactorOperations.enableTfaSms),

    disableTfaSms: (authToken, otp) => modifyWithOtp("disableTfaSms", authToken, otp, twoFactorOperations.disableTfaSms)
  }
  return { operations, sendSms }
}
