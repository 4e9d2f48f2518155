/**
 * The API's state and behaviour, and a view of it for tests: users found by
 * their token, recovery codes that work once, and an outbox of SMS whose codes
 * expire.
 *
 * Time comes from `Clock` and chance from `Random`, so a test that sets them is
 * deterministic.
 */
import { NotFound, BadRequest, Unauthorized, UnprocessableEntity } from "@metal-otp/schema/OtpsError"
import type { Operation } from "@metal-otp/schema/Operation"
import { RecoveryCodeList } from "@metal-otp/schema/RecoveryCodeList"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"

/** A user that the emulator knows. */
export interface User {
  /** The token that stands for the user. */
  readonly authToken: Redacted.Redacted<string>
  /** Where an SMS goes. Default: `"+1 555 0100"`; `null`: no number is known, so asking for an SMS fails with 422. */
  readonly phoneNumber?: string | null | undefined
  /** Whether two-factor authentication is on. Default: `true`; `false`: there are no recovery codes, which is a 404. */
  readonly twoFactor?: boolean | undefined
}

/** What an emulator is made with. */
export interface Options {
  /** The users. Every other token is answered with 401. */
  readonly users: ReadonlyArray<User>
  /** How long the code of an SMS works. Default: 5 minutes. */
  readonly otpTimeToLive?: Duration.Input | undefined
}

/** An SMS that was sent. */
export interface Sms {
  readonly phoneNumber: string
  /** The 6 digits. */
  readonly otp: Redacted.Redacted<string>
  /** Epoch milliseconds from which on the code does not work any more. */
  readonly expiresAt: number
}

/** The operations, for whoever holds the token, and the view of what they did. */
export interface Service {
  readonly findRecoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  readonly regenerateCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<RecoveryCodeList, Unauthorized | NotFound>
  readonly receiveCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | UnprocessableEntity>
  readonly findEnsureOtp: (
    authToken: Redacted.Redacted<string>,
    otp: Redacted.Redacted<string>
  ) => Effect.Effect<void, Unauthorized | BadRequest>

  /** All SMS that were sent, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<Sms>>
  /** The recovery codes of the user with this token that still work; none for an unknown token. */
  readonly recoveryCodes: (
    authToken: Redacted.Redacted<string>
  ) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>>
  /** How often each operation was carried out. A refused call does not count. */
  readonly counts: Effect.Effect<Readonly<Record<Operation, number>>>
}

/** The emulator as a service. */
export class Emulator extends Context.Service<Emulator, Service>()("@metal-otp/emulator/Emulator") {}

interface Account {
  readonly phoneNumber: string | null
  readonly twoFactor: boolean
  readonly recoveryCodes: ReadonlyArray<string>
  readonly pending: ReadonlyArray<{ readonly otp: string; readonly expiresAt: number }>
}

interface State {
  readonly accounts: ReadonlyMap<string, Account>
  readonly outbox: ReadonlyArray<Sms>
  readonly counts: Readonly<Record<Operation, number>>
}

const recoveryCodeCount = 10

const characters = (count: number, alphabet: string) =>
  Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, alphabet.length, { halfOpen: true }), count), (indexes) =>
    indexes.map((index) => alphabet.charAt(index)).join("")
  )

const newOtp = characters(6, "0123456789")

// No 0/o, 1/l/i: people copy these from paper.
const newRecoveryCodes = Effect.replicateEffect(characters(10, "23456789abcdefghjkmnpqrstuvwxyz"), recoveryCodeCount)

const hide = (recoveryCodes: ReadonlyArray<string>) => recoveryCodes.map((code) => Redacted.make(code))

const toList = ({ recoveryCodes }: Account) => new RecoveryCodeList({ recoveryCodes: hide(recoveryCodes) })

/**
 * Makes an emulator.
 *
 * @param options its users, and how long codes work
 *
 * @example
 * ```ts
 * import { Emulator } from "@metal-otp/emulator"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const emulator = yield* Emulator.make({ users: [{ authToken: Redacted.make("my-token") }] })
 *   yield* emulator.receiveCodes(Redacted.make("my-token"))
 *   return (yield* emulator.outbox).length // => 1
 * })
 * ```
 */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Service> {
  const timeToLive = Duration.toMillis(options.otpTimeToLive ?? Duration.minutes(5))
  const accounts = new Map<string, Account>()
  for (const user of options.users) {
    accounts.set(Redacted.value(user.authToken), {
      phoneNumber: user.phoneNumber === undefined ? "+1 555 0100" : user.phoneNumber,
      twoFactor: user.twoFactor ?? true,
      recoveryCodes: yield* newRecoveryCodes,
      pending: []
    })
  }
  const ref = yield* Ref.make<State>({
    accounts,
    outbox: [],
    counts: { findRecoveryCodes: 0, regenerateCodes: 0, receiveCodes: 0, findEnsureOtp: 0 }
  })

  /** One step of one user's state: taken as a whole and counted, or refused and without a trace. */
  const carryOut = <A, E>(
    operation: Operation,
    authToken: Redacted.Redacted<string>,
    step: (account: Account) => Result.Result<{ readonly account: Account; readonly reply: A; readonly sms?: Sms }, E>
  ): Effect.Effect<A, E | Unauthorized> =>
    Effect.flatMap(
      Ref.modify(ref, (state): [Result.Result<A, E | Unauthorized>, State] => {
        const token = Redacted.value(authToken)
        const account = state.accounts.get(token)
        if (account === undefined) {
          return [Result.fail(new Unauthorized({ operation, error: "Invalid authentication token" })), state]
        }
        const stepped = step(account)
        if (Result.isFailure(stepped)) return [Result.fail(stepped.failure), state]
        const { success } = stepped
        return [
          Result.succeed(success.reply),
          {
            accounts: new Map(state.accounts).set(token, success.account),
            outbox: success.sms === undefined ? state.outbox : [...state.outbox, success.sms],
            counts: { ...state.counts, [operation]: state.counts[operation] + 1 }
          }
        ]
      }),
      Effect.fromResult
    )

  const withCodes = (operation: Operation, account: Account) =>
    account.twoFactor
      ? Result.succeed({ account, reply: toList(account) })
      : Result.fail(new NotFound({ operation, errors: ["Two-factor authentication is not enabled"] }))

  return Emulator.of({
    findRecoveryCodes: (authToken) =>
      carryOut("findRecoveryCodes", authToken, (account) => withCodes("findRecoveryCodes", account)),

    regenerateCodes: (authToken) =>
      Effect.flatMap(newRecoveryCodes, (recoveryCodes) =>
        carryOut("regenerateCodes", authToken, (account) => withCodes("regenerateCodes", { ...account, recoveryCodes }))
      ),

    receiveCodes: Effect.fnUntraced(function* (authToken) {
      const otp = yield* newOtp
      const expiresAt = (yield* Clock.currentTimeMillis) + timeToLive
      return yield* carryOut("receiveCodes", authToken, (account) =>
        account.phoneNumber === null
          ? Result.fail(new UnprocessableEntity({ operation: "receiveCodes", errors: ["No phone number is known"] }))
          : Result.succeed({
              account: { ...account, pending: [...account.pending, { otp, expiresAt }] },
              reply: undefined,
              sms: { phoneNumber: account.phoneNumber, otp: Redacted.make(otp), expiresAt }
            })
      )
    }),

    findEnsureOtp: Effect.fnUntraced(function* (authToken, redacted) {
      const otp = Redacted.value(redacted)
      const now = yield* Clock.currentTimeMillis
      return yield* carryOut("findEnsureOtp", authToken, (account) => {
        const pending = account.pending.filter((sms) => sms.expiresAt > now)
        const isPending = pending.some((sms) => sms.otp === otp)
        if (!isPending && !account.recoveryCodes.includes(otp)) {
          return Result.fail(new BadRequest({ operation: "findEnsureOtp", errors: ["The OTP is not valid"] }))
        }
        return Result.succeed({
          account: {
            ...account,
            pending: pending.filter((sms) => sms.otp !== otp),
            recoveryCodes: isPending ? account.recoveryCodes : account.recoveryCodes.filter((code) => code !== otp)
          },
          reply: undefined
        })
      })
    }),

    outbox: Effect.map(Ref.get(ref), (state) => state.outbox),
    recoveryCodes: (authToken) =>
      Effect.map(Ref.get(ref), (state) => hide(state.accounts.get(Redacted.value(authToken))?.recoveryCodes ?? [])),
    counts: Effect.map(Ref.get(ref), (state) => state.counts)
  })
})

/**
 * `make` as a layer.
 *
 * @param options its users, and how long codes work
 *
 * @example
 * ```ts
 * import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const EmulatorLive = EmulatorHttpClient.layer.pipe(
 *   Layer.provideMerge(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }))
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<Emulator> => Layer.effect(Emulator, make(options))
