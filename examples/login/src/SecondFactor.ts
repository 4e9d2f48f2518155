/**
 * The calls that a sign-in makes for a user. One `catchTags` for each turns every failure into a message for the user. No
 * failure is left in the type, so a failure that a later client adds does not compile until it has a message.
 */
import { AuthToken, OtpsClients, Otp, RecoveryCodeList } from "@metal-otp/client"
import { Effect, type Redacted } from "effect"
import { broken, busy, locked, noCode, notNow, tooMany, wrongCode } from "./Failures.ts"
import { Guesses } from "./Guesses.ts"
import { Refused } from "./Refused.ts"
import type { User } from "./Users.ts"

/** The client with a user's token. It is cheap: make one for each call. */
export const clientOf = Effect.fnUntraced(function* ({ authToken }: User) {
  const { forUser } = yield* OtpsClients.OtpsClients
  // `addUser.ts` has checked the token.
  return forUser(yield* Effect.orDie(AuthToken.make(authToken)))
})

const maybeUsed =
  "We can't tell whether your code was accepted. It may be used up: please wait for the next one, and try that."

/** Checks a code from the app or an SMS, or a recovery code. That uses the code up. */
export const verify = Effect.fn("verify")(
  function* (user: User, typed: Redacted.Redacted<string>) {
    const otp = yield* Otp.make(typed)
    const { code } = yield* Guesses
    yield* code(user.email)
    const client = yield* clientOf(user)
    yield* client.findEnsureOtp(otp)
  },
  Effect.catchTags({
    InvalidOtp: noCode,
    BadRequest: wrongCode,
    RateLimited: locked,
    CallRejected: busy,
    Unauthorized: broken(maybeUsed),
    UnexpectedStatus: broken(maybeUsed),
    MalformedResponse: broken(maybeUsed),
    TransportFailure: broken(maybeUsed)
  })
)

const maybeSent = "We can't tell whether an SMS was sent. Please wait a minute for it before you ask for another."

/** Sends a code to the user's phone. */
export const sendSms = Effect.fn("sendSms")(
  function* (user: User) {
    const { sms } = yield* Guesses
    yield* sms(user.email)
    const client = yield* clientOf(user)
    yield* client.receiveCodes()
  },
  Effect.catchTags({
    UnprocessableEntity: () => new Refused({ status: 422, message: "We have no phone number for you." }),
    RateLimited: (failure) => tooMany(failure, 429, "There were too many SMS. Please wait a few minutes."),
    CallRejected: busy,
    InternalServerError: broken(maybeSent),
    BadRequest: broken(maybeSent),
    Unauthorized: broken(maybeSent),
    UnexpectedStatus: broken(maybeSent),
    MalformedResponse: broken(maybeSent),
    TransportFailure: broken(maybeSent)
  })
)

const maybeReplaced =
  "We can't tell whether your recovery codes were replaced. The ones that you have may not work any more: " +
  "please make new ones."

/**
 * Replaces the recovery codes, and returns the new ones. If the reply is lost, `regenerateCodesConfirmed` reads the codes
 * to find out whether they changed.
 */
export const newRecoveryCodes = Effect.fn("newRecoveryCodes")(
  function* (user: User) {
    const client = yield* clientOf(user)
    const { codes, outcome } = yield* client.regenerateCodesConfirmed()
    if (outcome === "Applied") return codes
    return yield* new Refused({ status: 502, message: outcome === "NotApplied" ? notNow : maybeReplaced })
  },
  Effect.catchTags({
    NotFound: () => new Refused({ status: 409, message: "You have no second factor, so there are no recovery codes." }),
    UnprocessableEntity: () => new Refused({ status: 409, message: "There are no recovery codes for you." }),
    RateLimited: (failure) => tooMany(failure, 429, notNow),
    CallRejected: busy,
    Unauthorized: broken(maybeReplaced),
    UnexpectedStatus: broken(maybeReplaced),
    MalformedResponse: broken(maybeReplaced),
    TransportFailure: broken(maybeReplaced)
  })
)

/** The number of recovery codes that are left, or `None` when the API does not say within 2 seconds. */
export const codesLeft = Effect.fn("codesLeft")(function* (user: User) {
  const client = yield* clientOf(user)
  return yield* client.findRecoveryCodes({ timeout: "2 seconds" }).pipe(
    Effect.map(RecoveryCodeList.size),
    Effect.tapError((failure) => Effect.logWarning("The recovery codes can't be read", failure)),
    Effect.option
  )
})
