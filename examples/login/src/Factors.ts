/** How a second factor is turned on and off. Nothing is on before a code has confirmed it. */
import {
  Otp,
  type OtpsClients,
  OtpSeed,
  type OtpsError,
  RecoveryCodeList,
  type TwoFactorAuthClient
} from "@metal-otp/client"
import { Array, Effect, type Option, type Redacted } from "effect"
import { broken, busy, locked, noCode, notNow, tooMany, wrongCode } from "./Failures.ts"
import { Guesses } from "./Guesses.ts"
import { clientOf } from "./SecondFactor.ts"
import { type Factor, User, Users } from "./Users.ts"

const maybeSeeded =
  "We can't tell whether a new QR code was made. Please start again: one that you have scanned may not work."

/** A seed for the user's app. A new one may unseat the one before. */
export const newSeed = Effect.fn("newSeed")(
  function* (user: User) {
    const client = yield* clientOf(user)
    const { otpUri } = yield* client.seedApp()
    return { otpUri, key: yield* OtpSeed.key({ otpUri }) }
  },
  Effect.catchTags({
    RateLimited: (failure) => tooMany(failure, 429, notNow),
    CallRejected: busy,
    InvalidOtpSeed: broken(maybeSeeded),
    BadRequest: broken(maybeSeeded),
    Unauthorized: broken(maybeSeeded),
    UnprocessableEntity: broken(maybeSeeded),
    InternalServerError: broken(maybeSeeded),
    UnexpectedStatus: broken(maybeSeeded),
    MalformedResponse: broken(maybeSeeded),
    TransportFailure: broken(maybeSeeded)
  })
)

/** Keeps what a sign-in asks for from now on. */
const keep = Effect.fnUntraced(function* (user: User, factors: ReadonlyArray<Factor>) {
  const { put } = yield* Users
  yield* put(new User({ ...user, factors }))
})

type Client = OtpsClients.UserClient

/** Whether the API has a second factor for the user: only recovery codes tell, by being there or not found. */
const hasAny = (client: Client) =>
  client.findRecoveryCodes().pipe(
    Effect.filterOrFail((codes) => RecoveryCodeList.size(codes) > 0),
    Effect.as(true),
    Effect.catchTag(["NotFound", "UnprocessableEntity"], () => Effect.succeed(false))
  )

/**
 * Finds out what became of a change whose reply was lost. The codes tell it where they come or go with this factor: where
 * it is the only one. If they don't tell, the failure stands.
 */
const confirm = <E extends TwoFactorAuthClient.EnableError | TwoFactorAuthClient.DisableError>(
  client: Client,
  { isOn, isOnly }: { readonly isOn: boolean; readonly isOnly: boolean }
) =>
  Effect.fnUntraced(function* (failure: E): Effect.fn.Return<void, E> {
    if (failure.outcome === "NotApplied" || !isOnly) return yield* Effect.fail(failure)
    const found = yield* hasAny(client).pipe(Effect.mapError(() => failure))
    if (found !== isOn) return yield* Effect.fail(failure)
  })

/** What people are told where a code turns something on or off, and that fails. */
const failures = (unknown: string) => ({
  InvalidOtp: noCode,
  FailedDependency: wrongCode,
  // The API's other word for a wrong code, which may mean the token as well.
  Unauthorized: (failure: OtpsError.Unauthorized) =>
    Effect.andThen(Effect.logWarning("A code or a token was refused", failure), wrongCode()),
  RateLimited: locked,
  CallRejected: busy,
  UnexpectedStatus: broken(unknown),
  MalformedResponse: broken(unknown),
  TransportFailure: broken(unknown)
})

/** Turns a factor on, by a code of it. */
export const turnOn = Effect.fn("turnOn")(
  function* (user: User, factor: Factor, typed: Redacted.Redacted<string>) {
    const otp = yield* Otp.make(typed)
    const { code } = yield* Guesses
    yield* code(user.email)
    const client = yield* clientOf(user)
    const enable = factor === "App" ? client.enableTfaApp(otp) : client.enableTfaSms(otp)
    const isOnly = user.factors.length === 0
    yield* Effect.catch(enable, confirm(client, { isOn: true, isOnly }))
    yield* keep(user, Array.dedupe([...user.factors, factor]))
  },
  Effect.catchTags(failures("We can't tell whether it was turned on. Please go to your account, and start again."))
)

/** Turns a factor off, by a code of it. One that the API does not have is off already. */
export const turnOff = Effect.fn("turnOff")(
  function* (user: User, factor: Factor, typed: Redacted.Redacted<string>) {
    const otp = yield* Otp.make(typed)
    const { code } = yield* Guesses
    yield* code(user.email)
    const client = yield* clientOf(user)
    const disable = factor === "App" ? client.disableTfaApp(otp) : client.disableTfaSms(otp)
    const isOnly = user.factors.length === 1
    yield* disable.pipe(
      Effect.catchTag("NotFound", () => Effect.void),
      Effect.catch(confirm(client, { isOn: false, isOnly }))
    )
    const others = user.factors.filter((other) => other !== factor)
    yield* keep(user, others)
  },
  Effect.catchTags(failures("We can't tell whether it was turned off. Please try again with the next code."))
)

/** The codes of whoever has just turned their first factor on. They can make new ones if these don't come. */
export const firstRecoveryCodes = Effect.fn("firstRecoveryCodes")(function* (
  user: User
): Effect.fn.Return<Option.Option<RecoveryCodeList.RecoveryCodeList>, never, OtpsClients.OtpsClients> {
  const client = yield* clientOf(user)
  return yield* client.findRecoveryCodes().pipe(
    Effect.tapError((failure) => Effect.logError("The recovery codes did not come", failure)),
    Effect.option
  )
})
