import * as AuthToken from "@metal-otp/schema/AuthToken"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { InvalidOption } from "../InvalidOption.ts"
import type { Account } from "../Store.ts"
import * as Totp from "../Totp.ts"
import { newRecoveryCodes } from "./codes.ts"
import { duration, invalid } from "./invalid.ts"
import type { Options, User } from "./options.ts"

/** At most so many in so long. All times are in milliseconds. */
export interface Limit {
  readonly max: number
  readonly within: number
}

/** `Options` without the users, checked. */
export interface Settings {
  readonly otpTimeToLive: number
  readonly totpWindow: number
  readonly wrongOtps: Limit & { readonly lockFor: number }
  readonly smsLimit: Limit | undefined
  readonly outboxSize: number
  readonly requestLogSize: number
}

const whole = (option: string, input: number, from: number, to: number): Result.Result<number, InvalidOption> =>
  Number.isInteger(input) && input >= from && input <= to
    ? Result.succeed(input)
    : invalid(option, `it is not a whole number from ${from} to ${to}`)

const limit = (option: string, max: number, within: Duration.Input): Result.Result<Limit, InvalidOption> =>
  Result.gen(function* () {
    return {
      max: yield* whole(`${option}.max`, max, 1, 1000),
      within: yield* duration(`${option}.within`, within)
    }
  })

/** Checks what is said of all users together. */
export const parse = (options: Options): Result.Result<Settings, InvalidOption> =>
  Result.gen(function* () {
    const { smsLimit, wrongOtps } = options
    return {
      otpTimeToLive: yield* duration("otpTimeToLive", options.otpTimeToLive ?? "5 minutes"),
      totpWindow: yield* whole("totpWindow", options.totpWindow ?? 1, 0, 10),
      wrongOtps: {
        ...(yield* limit("wrongOtps", wrongOtps?.max ?? 10, wrongOtps?.within ?? "10 minutes")),
        lockFor: yield* duration("wrongOtps.lockFor", wrongOtps?.lockFor ?? "5 minutes")
      },
      smsLimit: smsLimit && (yield* limit("smsLimit", smsLimit.max, smsLimit.within)),
      outboxSize: yield* whole("outboxSize", options.outboxSize ?? 1000, 1, 1_000_000),
      requestLogSize: yield* whole("requestLogSize", options.requestLogSize ?? 1000, 1, 1_000_000)
    }
  })

/** A user whose name is settled. */
export type Named = User & { readonly name: string }

/** Checks the names and the tokens, which no two users may share, and gives a name to those without. */
export const named = (users: ReadonlyArray<User>): Result.Result<ReadonlyArray<Named>, InvalidOption> => {
  const tokens = new Map<string, number>()
  const names = new Map<string, number>()
  const list: Array<Named> = []
  for (const [index, user] of users.entries()) {
    const token = Redacted.value(user.authToken)
    const name = user.name ?? `user-${index + 1}`
    const parsed = AuthToken.parse(token)
    if (Result.isFailure(parsed)) return invalid(`users[${index}].authToken`, parsed.failure.problem)
    if (name.trim() === "") return invalid(`users[${index}].name`, "it is empty")
    for (const [option, seen, value] of [
      ["authToken", tokens, token],
      ["name", names, name]
    ] as const) {
      const other = seen.get(value)
      if (other !== undefined) return invalid(`users[${index}].${option}`, `it is that of users[${other}] too`)
      seen.set(value, index)
    }
    list.push({ ...user, name })
  }
  return Result.succeed(list)
}

const isSameSecret = (one: Totp.Totp, other: Totp.Totp | null) =>
  other !== null && Redacted.value(one.secret) === Redacted.value(other.secret)

/**
 * A user's account: what the options say, and what is kept from an earlier run
 * of what they leave open.
 *
 * @param index the user's place in the options
 * @param user what the options say
 * @param kept the account of the earlier run
 * @param random where new secrets come from
 */
export const account = Effect.fnUntraced(function* (
  index: number,
  user: Named,
  kept: Option.Option<Account>,
  random: SecureRandom.SecureRandom["Service"]
): Effect.fn.Return<Account, InvalidOption> {
  const before = Option.getOrUndefined(kept)
  const { name, phoneNumber = "+1 555 0100", twoFactor = true } = user
  const secrets = before && Redacted.value(before.secrets)
  const keptApp = secrets?.totp ?? null
  const totp = twoFactor
    ? yield* Effect.mapError(
        Totp.make({ ...(keptApp && { secret: keptApp.secret }), ...user.totp }, random),
        ({ option, problem }) => new InvalidOption({ option: `users[${index}].totp.${option}`, problem })
      )
    : keptApp
  const codes = secrets?.recoveryCodes ?? (yield* newRecoveryCodes(random)).map((code) => ({ code, usedAt: null }))
  const isSameApp =
    totp === keptApp || (totp !== null && isSameSecret(totp, keptApp) && totp.period === keptApp?.period)
  return {
    name,
    phoneNumber,
    twoFactor,
    secrets: Redacted.make({ totp, recoveryCodes: codes, pending: secrets?.pending ?? [] }),
    totpStep: isSameApp ? (before?.totpStep ?? null) : null,
    smsAt: before?.smsAt ?? [],
    wrongAt: before?.wrongAt ?? [],
    lockedUntil: before?.lockedUntil ?? null
  }
})
