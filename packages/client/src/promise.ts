/**
 * The client for programs without Effect. It has promises, `AbortSignal` and milliseconds, and no type of Effect in any
 * signature. It runs `OtpsClient` and `TwoFactorAuthClient`, with the same guarantees: no failure holds a secret, and
 * it repeats no effect that may have happened.
 *
 * OTPs, recovery codes and seeds are plain strings here, so the caller must keep them out of logs. Promises are
 * rejected with the failures themselves: see `OtpsFailure`.
 *
 * @since 0.1.0
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type {
  callOptions,
  malformedReasons,
  otpReasons,
  otpSeedReasons,
  rejectedReasons,
  settings
} from "@metal-otp/core/Failure"
import type { Operation } from "@metal-otp/core/Operation"
import type { Outcome } from "@metal-otp/core/Outcome"
import type { Reason as TransportReason } from "@metal-otp/core/TransportError"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import { InvalidSetting as InvalidSettingError } from "@metal-otp/schema/InvalidSetting"
import * as Otp from "@metal-otp/schema/Otp"
import { CallRejected as CallRejectedError, is as isOtpsError } from "@metal-otp/schema/OtpsError"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as UndefinedOr from "effect/UndefinedOr"
import { OpenCalls } from "./internal/openCalls.ts"
import * as Operations from "./internal/operations.ts"
import type * as Client from "./OtpsClient.ts"
import * as Clients from "./OtpsClients.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

interface FailureBase<Tag extends string, O extends Outcome> extends Error {
  /** The class of the failure. */
  readonly _tag: Tag
  /** Whether the server carried the operation out. */
  readonly outcome: O
}

interface CallFailure<Tag extends string, O extends Outcome> extends FailureBase<Tag, O> {
  readonly operation: Operation
  /** The id of the request, if the reply has one. */
  readonly requestId?: string
}

interface ReplyFailure<Tag extends string, Status extends number, O extends Outcome> extends CallFailure<Tag, O> {
  readonly status: Status
  /** The API's messages. The token and the OTP are masked. */
  readonly messages: ReadonlyArray<string>
}

interface MalformedResponse extends CallFailure<"MalformedResponse", Outcome> {
  readonly status: number
  readonly reason: (typeof malformedReasons)[number]
}

interface TransportFailure extends CallFailure<"TransportFailure", Outcome> {
  readonly reason: TransportReason
  /** The system's error code, if the transport has one. */
  readonly code?: string
}

interface CallRejected extends CallFailure<"CallRejected", "NotApplied"> {
  readonly reason: (typeof rejectedReasons)[number]
  /** The invalid option, for the reason `"InvalidOption"`. */
  readonly option?: (typeof callOptions)[number]
}

interface InvalidOtp extends FailureBase<"InvalidOtp", "NotApplied"> {
  readonly reason: (typeof otpReasons)[number]
}

interface InvalidOtpSeed extends CallFailure<"InvalidOtpSeed", "Applied"> {
  readonly reason: (typeof otpSeedReasons)[number]
}

interface InvalidSetting extends FailureBase<"InvalidSetting", "NotApplied"> {
  readonly setting: (typeof settings)[number]
  /** What is wrong with the setting. It never holds the value. */
  readonly problem: string
}

/**
 * The failures of this module: those of `OtpsError`, and `InvalidSetting`. A promise is rejected with one of them, and
 * `makeOtps` throws one. Each is an `Error`. `_tag` is its class, and `outcome` says whether the server carried the
 * operation out. If `outcome` is not `"NotApplied"`, do not repeat the call blindly.
 *
 * Besides, an `AbortSignal` rejects the promise with its `reason`, which has no `outcome`.
 *
 * @example
 * ```ts
 * import { isOtpsFailure, type OtpsClient } from "@metal-otp/client/promise"
 *
 * const sendSms = async (otps: OtpsClient): Promise<string> => {
 *   try {
 *     await otps.receiveCodes()
 *     return "Wait for the SMS."
 *   } catch (error) {
 *     if (!isOtpsFailure(error)) throw error
 *     if (error._tag === "Unauthorized") return "Sign in again."
 *     return error.outcome === "NotApplied" ? "Try again." : "An SMS may be on its way."
 *   }
 * }
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export type OtpsFailure =
  | ReplyFailure<"BadRequest", 400, "NotApplied">
  | ReplyFailure<"Unauthorized", 401, "NotApplied">
  | ReplyFailure<"NotFound", 404, "NotApplied">
  | ReplyFailure<"UnprocessableEntity", 422, "NotApplied">
  | ReplyFailure<"InternalServerError", 500, "Unknown">
  | ReplyFailure<"FailedDependency", 424, "NotApplied">
  | ReplyFailure<"RateLimited", 429, "NotApplied">
  | ReplyFailure<"UnexpectedStatus", number, Outcome>
  | MalformedResponse
  | TransportFailure
  | CallRejected
  | InvalidOtp
  | InvalidOtpSeed
  | InvalidSetting

/**
 * Whether a value is a failure of this library.
 *
 * @param u any value
 *
 * @example
 * ```ts
 * import { isOtpsFailure, makeOtps } from "@metal-otp/client/promise"
 *
 * const otps = makeOtps({ baseUrl: "http://127.0.0.1:8080/metal/v1", authToken: "my-token" })
 * const error: unknown = await otps.findEnsureOtp("..").catch((error: unknown) => error)
 * isOtpsFailure(error) // => true
 * isOtpsFailure(new Error("boom")) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isOtpsFailure = (u: unknown): u is OtpsFailure => isOtpsError(u) || isInvalidSetting(u)

const isInvalidSetting = /* @__PURE__ */ Schema.is(InvalidSettingError)

/**
 * The delay that the API asks for with `Retry-After`, in milliseconds. `undefined` if it asks for none.
 *
 * @param failure the failure of a call
 *
 * @example
 * ```ts
 * import { type OtpsFailure, retryAfter } from "@metal-otp/client/promise"
 *
 * const advice = (failure: OtpsFailure): string => {
 *   const millis = retryAfter(failure)
 *   return millis === undefined ? "Try again later." : `Try again in ${Math.ceil(millis / 1000)} seconds.`
 * }
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const retryAfter = (failure: OtpsFailure): number | undefined => {
  const delay = "retryAfter" in failure ? failure.retryAfter : undefined
  return Duration.isDuration(delay) ? Duration.toMillis(delay) : undefined
}

/**
 * The options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * Aborts the call. The promise is rejected with the signal's `reason`, which has no `outcome`: the server may have
   * carried the operation out. For a deadline, use `timeout` instead, because its failure has an `outcome`.
   */
  readonly signal?: AbortSignal | undefined
  /** The deadline of this call in milliseconds, including its retries. Above zero. Default: the client's `timeout`. */
  readonly timeout?: number | undefined
  /** The most retries of this call. Default: the client's `retries`. */
  readonly retries?: number | undefined
}

/**
 * The recovery codes that work now, and whether `regenerateCodes` replaced the old ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Confirmation {
  /** Whether `regenerateCodes` replaced the codes. */
  readonly outcome: Outcome
  /** The codes that work now, as plain strings. */
  readonly codes: ReadonlyArray<string>
}

/**
 * The operations, for one token. Each of them rejects with the failures of the operation of the same name in
 * `OtpsClient` or `TwoFactorAuthClient`. An invalid option of a call rejects with `CallRejected`, `"InvalidOption"`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Otps {
  /**
   * Returns the user's recovery codes. Reading changes nothing.
   *
   * Rejects with `Unauthorized` (the API does not accept the token), with `NotFound` or `UnprocessableEntity` (the user
   * has no codes), or as any call does: `RateLimited`, `UnexpectedStatus`, `MalformedResponse`, `TransportFailure`,
   * `CallRejected`.
   *
   * Source: `GET /user/otp/recovery-codes`.
   *
   * @param options the options of this call
   */
  readonly findRecoveryCodes: (options?: CallOptions) => Promise<ReadonlyArray<string>>

  /**
   * Generates a new set of recovery codes, and returns it. The old ones stop working.
   *
   * Rejects as `findRecoveryCodes` does. If the failure's `outcome` is `"Applied"` or `"Unknown"`, the API may have
   * replaced the codes although the new ones did not arrive. Do not repeat the call then. `regenerateCodesConfirmed`
   * finds out whether it did.
   *
   * Source: `POST /user/otp/recovery-codes`.
   *
   * @param options the options of this call
   */
  readonly regenerateCodes: (options?: CallOptions) => Promise<ReadonlyArray<string>>

  /**
   * Calls `regenerateCodes` once, and finds out what happened if the reply is lost. It reads the codes before the call.
   * If the call fails with outcome `"Applied"` or `"Unknown"`, it reads them again. So it makes up to three calls, each
   * with its own `timeout`.
   *
   * If the first read fails, this rejects as `findRecoveryCodes` does, and the codes are the old ones. If
   * `regenerateCodes` fails with outcome `"NotApplied"`, or the second read fails, this rejects with the failure of
   * `regenerateCodes`.
   *
   * @param options the options of each of these calls
   */
  readonly regenerateCodesConfirmed: (options?: CallOptions) => Promise<Confirmation>

  /**
   * Reads the codes after a `regenerateCodes` that failed with outcome `"Applied"` or `"Unknown"`, and returns whether
   * the API replaced them. Rejects as `findRecoveryCodes` does.
   *
   * @param before the codes before `regenerateCodes`
   * @param options the options of this call
   */
  readonly confirmRegenerateCodes: (before: ReadonlyArray<string>, options?: CallOptions) => Promise<Confirmation>

  /**
   * Sends an OTP to the user's mobile phone, as an SMS.
   *
   * Rejects with `BadRequest`, `Unauthorized`, `UnprocessableEntity` (for example because the API knows no phone
   * number), `InternalServerError`, or as any call does. If the failure's `outcome` is `"Unknown"`, an SMS may be on its
   * way: ask the user.
   *
   * Source: `POST /user/otp/sms/receive`.
   *
   * @param options the options of this call
   */
  readonly receiveCodes: (options?: CallOptions) => Promise<void>

  /**
   * Verifies the user by an OTP from an app or an SMS, or by a recovery code. This uses the OTP up.
   *
   * Rejects with `InvalidOtp` before anything is sent (the input can't be an OTP), with `BadRequest` (the OTP is wrong,
   * expired or used), with `Unauthorized` (the API does not accept the token), or as any call does.
   *
   * Source: `POST /user/otp/verify/{otp}`.
   *
   * @param otp the user's input, or a recovery code. Spaces and hyphens between digits are fine
   * @param options the options of this call
   */
  readonly findEnsureOtp: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Issues a seed for the user's authenticator app, and returns its `otpauth:` URI. Show it as a QR code. The URI is
   * empty if the API's reply has none. A new seed may replace the one before.
   *
   * Rejects with `BadRequest`, `Unauthorized`, `UnprocessableEntity`, `InternalServerError`, or as any call does.
   *
   * Source: `POST /user/otp/app/receive`.
   *
   * @param options the options of this call
   */
  readonly seedApp: (options?: CallOptions) => Promise<string>

  /**
   * Turns two-factor authentication by app on.
   *
   * Rejects with `InvalidOtp` before anything is sent, with `Unauthorized` (the API does not accept the token or the
   * OTP), with `FailedDependency` (the OTP is wrong: the API does not document this status, but has answered so), or as
   * any call does.
   *
   * Source: `POST /user/otp/app`.
   *
   * @param otp a code of the app, for the seed of `seedApp`
   * @param options the options of this call
   */
  readonly enableTfaApp: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Turns two-factor authentication by app off. Rejects as `enableTfaApp` does, and with `NotFound` if it is not on.
   *
   * Source: `DELETE /user/otp/app`.
   *
   * @param otp a code of the app
   * @param options the options of this call
   */
  readonly disableTfaApp: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Turns two-factor authentication by SMS on. Rejects as `enableTfaApp` does.
   *
   * Source: `POST /user/otp/sms`.
   *
   * @param otp the code of an SMS of `receiveCodes`
   * @param options the options of this call
   */
  readonly enableTfaSms: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Turns two-factor authentication by SMS off. Rejects as `disableTfaApp` does.
   *
   * Source: `DELETE /user/otp/sms`.
   *
   * @param otp the code of an SMS of `receiveCodes`
   * @param options the options of this call
   */
  readonly disableTfaSms: (otp: string, options?: CallOptions) => Promise<void>
}

interface Closable {
  /**
   * Closes the client. It resolves when the calls under way have ended, each within its `timeout`. Further calls reject
   * with `CallRejected`, `"ClientClosed"`.
   */
  readonly close: () => Promise<void>
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * A client with one token.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpsClient extends Otps, Closable {}

/**
 * A client for many users.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpsForUsers extends Closable {
  /**
   * Makes the operations of one user. This is cheap, so make them for each request of the user. All users share the
   * retry budget.
   *
   * Throws `InvalidSetting` if the string can't be a token.
   *
   * @param authToken the user's token
   */
  readonly forUser: (authToken: string) => Otps
}

/**
 * The options of a client for many users.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsersOptions {
  /**
   * The base URL of the API: an absolute `https:` URL without credentials, query or fragment, with
   * or without a slash at its end. `http:` is valid for loopback only.
   */
  readonly baseUrl: string | URL
  /** Permits `http:` to any host. It sends the token without encryption. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** The function that sends requests. Default: the `globalThis.fetch` of that time. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** The deadline of a call in milliseconds, including its retries and its reply's body. Above zero. Default: 10,000. */
  readonly timeout?: number | undefined
  /**
   * The most retries of a call, with exponential backoff and full jitter, and at most 5 seconds for each try. The client
   * repeats an effect only if it certainly did not happen. With 0, the only try may take as long as the call. Default: 3.
   */
  readonly retries?: number | undefined
  /** The largest body of a reply in bytes, after decompression. Above zero. Default: 65,536. */
  readonly maxBodySize?: number | undefined
  /** The `User-Agent` header, or `false` to send none. Default: `metal-otp/<version>`. Browsers send their own. */
  readonly userAgent?: string | false | undefined
}

/**
 * The options of a client with one token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends UsersOptions {
  /**
   * The token, or a function that returns it, for tokens that rotate or come from a vault. The function runs once for
   * each call, within the call's `timeout`. If it throws, the call rejects with `CallRejected`, `"TokenUnavailable"`.
   * That failure drops the cause, so log the cause inside of the function.
   */
  readonly authToken: string | ((signal: AbortSignal) => string | Promise<string>)
}

// Programs without types may pass a value of any type.
const stringOrEmpty = (input: unknown): string => (typeof input === "string" ? input : "")

const isValidRetries = (retries: number | undefined): boolean =>
  retries === undefined || (Number.isSafeInteger(retries) && retries >= 0)

const retryPolicyOf = (retries: number): RetryPolicy.RetryPolicy =>
  retries === 0
    ? RetryPolicy.none
    : RetryPolicy.fromSchedule(RetryPolicy.fullJitter().pipe(Schedule.upTo({ times: retries })))

const invalidSetting = (setting: InvalidSettingError["setting"], problem: string) =>
  new InvalidSettingError({ setting, problem })

/** Converts the options of a client. Throws `InvalidSetting` for those that only this module has. */
const toClientOptions = ({ fetch, retries, ...options }: UsersOptions): Clients.Options => {
  if (fetch !== undefined && typeof fetch !== "function") throw invalidSetting("fetch", "it is not a function")
  if (!isValidRetries(retries)) throw invalidSetting("retries", "it is not a whole number of zero or above")
  return {
    ...options,
    // Without types, it may be missing. Here it has no default.
    baseUrl: options.baseUrl ?? "",
    retryPolicy: UndefinedOr.map(retries, retryPolicyOf)
  }
}

const toTokenSource = (authToken: Options["authToken"]): Client.Options["authToken"] =>
  typeof authToken === "function"
    ? Effect.flatMap(
        Effect.tryPromise(async (signal) => authToken(signal)),
        (token) => AuthToken.make(stringOrEmpty(token))
      )
    : Redacted.make(stringOrEmpty(authToken))

/** Converts the options of a call. Throws `CallRejected` for those that only this module has. */
const toCallOptions = (operation: Operation, { retries, signal, timeout }: CallOptions): Client.CallOptions => {
  if (!isValidRetries(retries)) {
    throw new CallRejectedError({ operation, reason: "InvalidOption", option: "retries" })
  }
  if (signal && typeof signal.addEventListener !== "function") {
    throw new CallRejectedError({ operation, reason: "InvalidOption", option: "signal" })
  }
  return { timeout, retryPolicy: UndefinedOr.map(retries, retryPolicyOf) }
}

/** Returns the value of an exit. Throws its failure, or the reason of the signal that interrupted it. */
const unwrapExit = <A>(exit: Exit.Exit<A, unknown>, signal?: AbortSignal): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw signal?.aborted === true && Cause.hasInterruptsOnly(exit.cause) ? signal.reason : Cause.squash(exit.cause)
}

/** Makes a client on `fetch`. Looks the global `fetch` up for each request, because tests and tracers replace it. */
const makeOnFetch = <A>(
  make: Effect.Effect<A, InvalidSettingError, HttpClient.HttpClient>,
  { fetch = (...request) => globalThis.fetch(...request) }: UsersOptions
): A => {
  const transport = Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))
  return unwrapExit(Effect.runSyncExit(Effect.provide(make, transport)))
}

const toPlainConfirmation = ({ codes, outcome }: Client.Confirmation): Confirmation => ({
  outcome,
  codes: RecoveryCodeList.values(codes)
})

const toOtps = (client: Clients.UserClient, calls: OpenCalls): Otps => {
  /** Runs an operation of the client as a promise. */
  const call = <A>(
    operation: Operation,
    options: CallOptions = {},
    run: (options: Client.CallOptions) => Effect.Effect<A, unknown>
  ): Promise<A> =>
    calls.run(operation, async () => {
      const { signal } = options
      const effect = run(toCallOptions(operation, options))
      signal?.throwIfAborted()
      return unwrapExit(await Effect.runPromiseExit(effect, signal && { signal }), signal)
    })

  type WithOtp = "findEnsureOtp" | "enableTfaApp" | "disableTfaApp" | "enableTfaSms" | "disableTfaSms"
  const callWithOtp = (operation: WithOtp) => (typed: string, options?: CallOptions) =>
    call(operation, options, (checked) =>
      Effect.flatMap(Otp.make(stringOrEmpty(typed)), (otp): Effect.Effect<void, unknown> =>
        client[operation](otp, checked)
      )
    )

  return {
    findRecoveryCodes: (options) =>
      call("findRecoveryCodes", options, (checked) =>
        Effect.map(client.findRecoveryCodes(checked), RecoveryCodeList.values)
      ),
    regenerateCodes: (options) =>
      call("regenerateCodes", options, (checked) =>
        Effect.map(client.regenerateCodes(checked), RecoveryCodeList.values)
      ),
    regenerateCodesConfirmed: (options) =>
      call("regenerateCodes", options, (checked) =>
        Effect.map(client.regenerateCodesConfirmed(checked), toPlainConfirmation)
      ),
    confirmRegenerateCodes: (before, options) =>
      call("findRecoveryCodes", options, (checked) =>
        Effect.map(client.confirmRegenerateCodes(RecoveryCodeList.make(before), checked), toPlainConfirmation)
      ),
    receiveCodes: (options) => call("receiveCodes", options, client.receiveCodes),
    findEnsureOtp: callWithOtp("findEnsureOtp"),
    seedApp: (options) =>
      call("seedApp", options, (checked) =>
        Effect.map(client.seedApp(checked), ({ otpUri }) => Redacted.value(otpUri))
      ),
    enableTfaApp: callWithOtp("enableTfaApp"),
    disableTfaApp: callWithOtp("disableTfaApp"),
    enableTfaSms: callWithOtp("enableTfaSms"),
    disableTfaSms: callWithOtp("disableTfaSms")
  }
}

const toClosable = (calls: OpenCalls): Closable => {
  const close = () => calls.close()
  return { close, [Symbol.asyncDispose]: close }
}

/**
 * Makes a client with one token.
 *
 * Throws `InvalidSetting` if an option is invalid. The failure names the option and never shows its value.
 *
 * @param options the token and the settings of the client
 *
 * @example
 * ```ts
 * import { makeOtps } from "@metal-otp/client/promise"
 *
 * const otps = makeOtps({ baseUrl: process.env["METAL_API_URL"] ?? "", authToken: "my-token" })
 * const codes = await otps.findRecoveryCodes()
 * codes.length // => 10
 * await otps.close()
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeOtps = ({ authToken, ...options }: Options): OtpsClient => {
  const clientOptions = toClientOptions(options)
  const make = Effect.gen(function* () {
    const token = yield* Operations.parseToken(toTokenSource(authToken))
    return Operations.all(yield* Operations.make(clientOptions))(token)
  })
  const calls = new OpenCalls()
  return { ...toOtps(makeOnFetch(make, options), calls), ...toClosable(calls) }
}

/**
 * Makes a client for many users, for a server that calls the API with their tokens.
 *
 * Throws `InvalidSetting` if an option is invalid. The failure names the option and never shows its value.
 *
 * @param options the settings of the client
 *
 * @example
 * ```ts
 * import { makeOtpsForUsers } from "@metal-otp/client/promise"
 *
 * const users = makeOtpsForUsers({ baseUrl: process.env["METAL_API_URL"] ?? "" })
 * const sendSms = (sessionToken: string) => users.forUser(sessionToken).receiveCodes()
 * await sendSms("my-token")
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeOtpsForUsers = (options: UsersOptions): OtpsForUsers => {
  const clients = makeOnFetch(Clients.make(toClientOptions(options)), options)
  const calls = new OpenCalls()
  return {
    forUser: (authToken) => {
      const token = unwrapExit(Effect.runSyncExit(AuthToken.make(stringOrEmpty(authToken))))
      return toOtps(clients.forUser(token), calls)
    },
    ...toClosable(calls)
  }
}
