/** Turns a second factor on and off. A factor is on only after a code has confirmed it. */
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

/** Asks for a seed for the user's app. A new seed may replace the previous one. */
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

/** Stores which factors a sign-in asks for from now on. */
const saveFactors = Effect.fnUntraced(function* (user: User, factors: ReadonlyArray<Factor>) {
  const { put } = yield* Users
  yield* put(new User({ ...user, factors }))
})

type Client = OtpsClients.UserClient

/** Whether the API has a second factor for the user. It does exactly when the user has recovery codes. */
const hasFactor = (client: Client) =>
  client.findRecoveryCodes().pipe(
    Effect.filterOrFail((codes) => RecoveryCodeList.size(codes) > 0),
    Effect.as(true),
    Effect.catchTag(["NotFound", "UnprocessableEntity"], () => Effect.succeed(false))
  )

/**
 * Finds out whether a change happened whose reply was lost. Recovery codes exist while any factor is on. So they prove the
 * change of an only factor. Without that proof, this fails with the same failure.
 */
const confirm = <E extends TwoFactorAuthClient.EnableError | TwoFactorAuthClient.DisableError>(
  client: Client,
  { isOn, isOnly }: { readonly isOn: boolean; readonly isOnly: boolean }
) =>
  Effect.fnUntraced(function* (failure: E): Effect.fn.Return<void, E> {
    if (failure.outcome === "NotApplied" || !isOnly) return yield* Effect.fail(failure)
    const found = yield* hasFactor(client).pipe(Effect.mapError(() => failure))
    if (found !== isOn) return yield* Effect.fail(failure)
  })

/** The messages for failures of turning a factor on or off. `unknown` is for an effect that may have happened. */
const failures = (unknown: string) => ({
  InvalidOtp: noCode,
  FailedDependency: wrongCode,
  // The API replies 401 to a wrong code too. It can also mean that the token is wrong.
  Unauthorized: (failure: OtpsError.Unauthorized) =>
    Effect.andThen(Effect.logWarning("A code or a token was refused", failure), wrongCode()),
  RateLimited: locked,
  CallRejected: busy,
  UnexpectedStatus: broken(unknown),
  MalformedResponse: broken(unknown),
  TransportFailure: broken(unknown)
})

/** Turns a factor on with one of its codes. */
export const turnOn = Effect.fn("turnOn")(
  function* (user: User, factor: Factor, typed: Redacted.Redacted<string>) {
    const otp = yield* Otp.make(typed)
    const { code } = yield* Guesses
    yield* code(user.email)
    const client = yield* clientOf(user)
    const enable = factor === "App" ? client.enableTfaApp(otp) : client.enableTfaSms(otp)
    const isOnly = user.factors.length === 0
    yield* Effect.catch(enable, confirm(client, { isOn: true, isOnly }))
    yield* saveFactors(user, Array.dedupe([...user.factors, factor]))
  },
  Effect.catchTags(failures("We can't tell whether it was turned on. Please go to your account, and start again."))
)

/** Turns a factor off with a code. A factor that the API does not know is off already. */
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
    yield* saveFactors(user, others)
  },
  Effect.catchTags(failures("We can't tell whether it was turned off. Please try again with the next code."))
)

/** The recovery codes of a user who has just turned on their first factor. If this fails, the user can make new ones. */
export const firstRecoveryCodes = Effect.fn("firstRecoveryCodes")(function* (
  user: User
): Effect.fn.Return<Option.Option<RecoveryCodeList.RecoveryCodeList>, never, OtpsClients.OtpsClients> {
  const client = yield* clientOf(user)
  return yield* client.findRecoveryCodes().pipe(
    Effect.tapError((failure) => Effect.logError("The first recovery codes can't be read", failure)),
    Effect.option
  )
})
