/** The part of an emulator's view that reads and changes the store. */
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { EmulatorClock } from "../EmulatorClock.ts"
import type { Account, Service, Sms } from "../Store.ts"
import * as Totp from "../Totp.ts"
import type { App, Change, UserView, View } from "../View.ts"
import { indexOfTimingSafe } from "./codes.ts"
import type { Directory, Entry } from "./directory.ts"
import { belongsTo, isAfter } from "./filters.ts"
import type { SendSms } from "./operations.ts"
import type { Settings } from "./options.ts"
import { unlocked, validSmsCodes } from "./otpVerification.ts"
import type { SmsWaiters } from "./smsWaiters.ts"
import { recentTimes } from "./transition.ts"
import { isOn, stateOf, workingCodes } from "./twoFactor.ts"
import type { UserManagement } from "./users.ts"

const appView = (totp: Totp.Totp | null, name: string, now: number): App | null =>
  totp && {
    uri: Totp.uri(totp, name),
    code: Totp.code(totp, now),
    nextCodeAt: Totp.nextCodeAt(totp, now),
    period: totp.period * 1000
  }

const userView = ({ authToken, options }: Entry, account: Account, { wrongOtps }: Settings, now: number): UserView => {
  const { lockedUntil, name, phoneNumber, secrets, wrongAt } = account
  const { recoveryCodes, seed, totp } = Redacted.value(secrets)
  return {
    name,
    authToken,
    phoneNumber,
    twoFactor: stateOf(account),
    fixedOtp: options.otp ?? null,
    app: appView(totp, name, now),
    seed: appView(seed, name, now),
    recoveryCodes: isOn(account)
      ? recoveryCodes.map(({ code, usedAt }) => ({ code: Redacted.make(code), usedAt }))
      : [],
    wrongOtps: recentTimes(wrongAt, wrongOtps, now).length,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null
  }
}

/** The parts of the emulator that the view needs. */
export interface Parts {
  readonly store: Service
  readonly directory: Directory
  readonly settings: Settings
  readonly clock: EmulatorClock
  readonly smsWaiters: SmsWaiters
  readonly sendSms: SendSms
  readonly publish: (change: Change) => Effect.Effect<void>
}

/** Makes the view of a store. */
export const make = ({
  clock,
  directory,
  publish,
  sendSms,
  settings,
  smsWaiters,
  store
}: Parts): Omit<View, "requests" | "clearRequests" | "changes" | "smsSent" | keyof UserManagement> => {
  // The start has read the store already: a later failure is a defect.
  const accountsOf = (authTokens: ReadonlyArray<Redacted.Redacted<string>>) => Effect.orDie(store.accounts(authTokens))

  const accountOf = (name: string) =>
    Option.match(directory.findByName(name), {
      onNone: () => Effect.succeedNone,
      onSome: ({ authToken }) => Effect.map(accountsOf([authToken]), ([account = Option.none()]) => account)
    })

  const usersOf = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const now = yield* clock.now
    const accounts = yield* accountsOf(entries.map(({ authToken }) => authToken))
    return entries.flatMap((entry, index) =>
      Option.match(accounts[index] ?? Option.none(), {
        onNone: () => [],
        onSome: (account) => [userView(entry, account, settings, now)]
      })
    )
  })

  /** Returns a check whether the OTP of an SMS to this user works now. */
  const worksNow = Effect.fnUntraced(function* (user: string) {
    const now = yield* clock.now
    const valid = Option.match(yield* accountOf(user), {
      onNone: () => [],
      onSome: (account) => validSmsCodes(account, now)
    })
    return ({ expiresAt, otp }: Sms) => {
      const codes = valid.filter((one) => one.expiresAt === expiresAt).map((one) => one.otp)
      return indexOfTimingSafe(codes, Redacted.value(otp)) !== -1
    }
  })

  const newestOf = (name: string, isWanted: (sms: Sms) => boolean) =>
    store.newestSms((sms) => sms.user === name && isWanted(sms))

  return {
    clock,
    outbox: store.outbox,
    works: (sms) => Effect.map(worksNow(sms.user), (works) => works(sms)),
    recoveryCodes: (authToken) =>
      Effect.map(accountsOf([authToken]), ([account = Option.none()]) =>
        Option.match(account, { onNone: () => [], onSome: (found) => workingCodes(found).recoveryCodes })
      ),
    counts: store.counts,
    users: Effect.fnUntraced(function* (options) {
      const { limit = 100, offset = 0, search = "" } = options ?? {}
      const found = directory.search(search)
      return { users: yield* usersOf(found.slice(offset, offset + limit)), total: found.length }
    }),
    user: (name) => Effect.suspend(() => Effect.map(usersOf(Arr.fromOption(directory.findByName(name))), Arr.head)),
    otp: Effect.fnUntraced(function* ({ after, user, wait = Duration.zero }) {
      const isWanted = (sms: Sms) => isAfter(sms, after)
      const find = Effect.flatMap(worksNow(user), (works) => newestOf(user, (sms) => isWanted(sms) && works(sms)))
      if (Duration.isZero(Duration.fromInputUnsafe(wait))) return yield* find
      /** Waits on after an SMS whose code was used before the waiting fiber ran, as the receiver of a webhook can use it. */
      const next = Effect.gen(function* () {
        while (Option.isSome(directory.findByName(user))) {
          const sms = yield* smsWaiters.awaitSms(user, isWanted, find)
          if (Option.isNone(sms) || (yield* worksNow(user))(sms.value)) return sms
        }
        return Option.none<Sms>()
      })
      return Option.flatten(yield* Effect.timeoutOption(next, wait))
    }),
    sms: (id) => store.newestSms((sms) => sms.id === id),
    newestSms: (name) => newestOf(name, constTrue),
    sendSms: Effect.fnUntraced(function* (name) {
      const entry = directory.findByName(name)
      if (Option.isNone(entry)) return Option.none()
      return yield* sendSms(entry.value.authToken).pipe(
        Effect.asSome,
        // The user was removed in the meantime.
        Effect.catchTag("Unauthorized", () => Effect.succeedNone)
      )
    }),
    clearOutbox: (whose) =>
      Effect.suspend(() => {
        const isWanted = belongsTo(whose)
        return Effect.andThen(
          store.removeSms(({ user }) => isWanted(user)),
          publish({ _tag: "OutboxCleared" })
        )
      }),
    removeSms: (id) =>
      Effect.tap(
        Effect.map(
          store.removeSms((sms) => sms.id === id),
          (removed) => removed > 0
        ),
        (isRemoved) => (isRemoved ? publish({ _tag: "OutboxCleared" }) : Effect.void)
      ),
    unlock: Effect.fnUntraced(function* (name) {
      const entry = directory.findByName(name)
      if (Option.isNone(entry)) return
      yield* store.modify(entry.value.authToken, (account) => ({ reply: undefined, account: unlocked(account) }))
      yield* publish({ _tag: "UserChanged", name })
    })
  }
}
