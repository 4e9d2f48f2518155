/**
 * The token that authenticates a call, in the header `X-Auth-Token`.
 *
 * @since 0.1.0
 */
import * as Rules from "@metal-otp/core/AuthToken"
import * as Brand from "effect/Brand"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { InvalidSetting } from "./InvalidSetting.ts"

/**
 * A token that can be sent in a header: not empty, printable ASCII, no space at either end. It
 * prints, logs and serializes as `<redacted>`.
 *
 * @category models
 * @since 0.1.0
 */
export type AuthToken = Redacted.Redacted<string> & Brand.Brand<"@metal-otp/effect3/AuthToken">

const brand = /* @__PURE__ */ Brand.nominal<AuthToken>()

/**
 * Makes an `AuthToken`, or returns why the value can't be one.
 *
 * @param value the token, as the API or the user's session has it
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (value: string | Redacted.Redacted<string>): Either.Either<AuthToken, InvalidSetting> => {
  const token = Redacted.isRedacted(value) ? Redacted.value(value) : value
  const problem = Rules.problem(token)
  return problem === undefined
    ? Either.right(brand(Redacted.make(token)))
    : Either.left(new InvalidSetting({ setting: "authToken", problem }))
}

/**
 * `parse` as an effect, for programs. Fails with `InvalidSetting`, which never holds the value.
 *
 * @param value the token, as the API or the user's session has it
 *
 * @example
 * ```ts
 * import { AuthToken, OtpsClients } from "@metal-otp/effect3"
 * import { Effect } from "effect"
 *
 * const sendSms = Effect.fn("sendSms")(function*(sessionToken: string) {
 *   const clients = yield* OtpsClients.OtpsClients
 *   const authToken = yield* AuthToken.make(sessionToken)
 *   yield* clients.forUser(authToken).receiveCodes()
 * })
 *
 * const program = sendSms("my-token")
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (value: string | Redacted.Redacted<string>): Effect.Effect<AuthToken, InvalidSetting> =>
  Effect.suspend(() => parse(value))
