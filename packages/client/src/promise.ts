/**
 * The client for programs without Effect: promises, `AbortSignal`, milliseconds, and no type of Effect in any
 * signature. It is `OtpsClient` underneath, with the same guarantees: it leaks no secret, and repeats no effect
 * that may have happened already.
 *
 * Two things differ. OTPs and recovery codes are plain strings here, so hiding them from logs is the caller's work.
 * A promise is rejected with the failure itself: see `OtpsFailure`.
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
import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Otp from "@metal-otp/schema/Otp"
import { CallRejected, is as isOtpsError } from "@metal-otp/schema/OtpsError"
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
import * as Operations from "./internal/operations.ts"
import type * as Client from "./OtpsClient.ts"
import * as Clients from "./OtpsClients.ts"
import * as RetryPolicy from "./RetryPolicy.ts"

interface Failed<Tag extends string, O extends Outcome> extends Error {
  readonly _tag: Tag
  readonly outcome: O
}

interface Called<Tag extends string, O extends Outcome> extends Failed<Tag, O> {
  readonly operation: Operation
  /** The id of the request, if the reply had one. */
  readonly requestId?: string
}

interface Answered<Tag extends string, Status extends number, O extends Outcome> extends Called<Tag, O> {
  readonly status: Status
  /** The API's messages, with the token and the OTP masked. */
  readonly messages: ReadonlyArray<string>
}

interface Malformed extends Called<"MalformedResponse", Outcome> {
  readonly status: number
  readonly reason: (typeof malformedReasons)[number]
}

interface Untransported extends Called<"TransportFailure", Outcome> {
  readonly reason: TransportReason
  /** The system's error code, if the transport gave one. */
  readonly code?: string
}

interface Rejected extends Called<"CallRejected", "NotApplied"> {
  readonly reason: (typeof rejectedReasons)[number]
  /** The option that can't work, with reason `"InvalidOption"`. */
  readonly option?: (typeof callOptions)[number]
}

interface BadOtp extends Failed<"InvalidOtp", "NotApplied"> {
  readonly reason: (typeof otpReasons)[number]
}

interface BadSeed extends Called<"InvalidOtpSeed", "Applied"> {
  readonly reason: (typeof otpSeedReasons)[number]
}

interface BadSetting extends Failed<"InvalidSetting", "NotApplied"> {
  readonly setting: (typeof settings)[number]
  /** What is wrong with it. Never holds the value. */
  readonly problem: string
}

/**
 * What a promise is rejected with, and what `makeOtps` throws: the failures of `OtpsError`, and `InvalidSetting`. Each
 * is an `Error`. `_tag` tells which it is, and `outcome` whether the server may have carried the operation out. An
 * effect whose `outcome` is not `"NotApplied"` must not be called again blindly.
 *
 * One thing else rejects a promise: the `reason` of an `AbortSignal`, which has no `outcome`.
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
  | Answered<"BadRequest", 400, "NotApplied">
  | Answered<"Unauthorized", 401, "NotApplied">
  | Answered<"NotFound", 404, "NotApplied">
  | Answered<"UnprocessableEntity", 422, "NotApplied">
  | Answered<"InternalServerError", 500, "Unknown">
  | Answered<"FailedDependency", 424, "NotApplied">
  | Answered<"RateLimited", 429, "NotApplied">
  | Answered<"UnexpectedStatus", number, Outcome>
  | Malformed
  | Untransported
  | Rejected
  | BadOtp
  | BadSeed
  | BadSetting

/**
 * Whether a value is any failure of this library.
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

const isInvalidSetting = /* @__PURE__ */ Schema.is(InvalidSetting)

/**
 * How long the API, or a limit, asks to wait, in milliseconds; nothing where it asks for nothing.
 *
 * @param failure what a promise was rejected with
 *
 * @category getters
 * @since 0.1.0
 */
export const retryAfter = (failure: OtpsFailure): number | undefined => {
  const asked = "retryAfter" in failure ? failure.retryAfter : undefined
  return Duration.isDuration(asked) ? Duration.toMillis(asked) : undefined
}

/**
 * The options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * Aborts the call. The promise is rejected with the signal's `reason`, which does not tell whether the server has
   * carried the operation out: take an effect that was aborted for `"Unknown"`. A `timeout` ends in a failure with an
   * `outcome`, so take that for a deadline.
   */
  readonly signal?: AbortSignal | undefined
  /** The deadline of this call in milliseconds, including its retries. Default: the client's. */
  readonly timeout?: number | undefined
  /** How many retries this call may make. Default: the client's. */
  readonly retries?: number | undefined
}

/**
 * The codes that work now, and whether `regenerateCodes` replaced them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Confirmation {
  readonly outcome: Outcome
  /** The plain codes. */
  readonly codes: ReadonlyArray<string>
}

/**
 * The operations of one token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Otps {
  /**
   * Returns the user's recovery codes, in plain. Reading changes nothing.
   *
   * Source: `GET /user/otp/recovery-codes`.
   *
   * @param options the options of this call
   */
  readonly findRecoveryCodes: (options?: CallOptions) => Promise<ReadonlyArray<string>>

  /**
   * Generates a new set of recovery codes, and returns it in plain. The old ones stop working.
   *
   * When it fails with outcome `"Applied"` or `"Unknown"`, the codes may have been replaced although the new ones did
   * not arrive: never repeat this then. `regenerateCodesConfirmed` finds out by itself.
   *
   * Source: `POST /user/otp/recovery-codes`.
   *
   * @param options the options of this call
   */
  readonly regenerateCodes: (options?: CallOptions) => Promise<ReadonlyArray<string>>

  /**
   * Calls `regenerateCodes` once, and finds out what happened if the reply was lost. It reads the
   * codes before the call, and again if the outcome is `"Applied"` or `"Unknown"`. So it makes up to
   * three calls, each with its own `timeout`.
   *
   * @param options the options of each of these calls
   */
  readonly regenerateCodesConfirmed: (options?: CallOptions) => Promise<Confirmation>

  /**
   * Reads the codes after a `regenerateCodes` that failed with outcome `"Applied"` or `"Unknown"`,
   * and tells whether they were replaced.
   *
   * @param before the plain codes, read before `regenerateCodes`
   * @param options the options of this call
   */
  readonly confirmRegenerateCodes: (before: ReadonlyArray<string>, options?: CallOptions) => Promise<Confirmation>

  /**
   * Sends an OTP to the user's mobile phone, as an SMS.
   *
   * Source: `POST /user/otp/sms/receive`.
   *
   * @param options the options of this call
   */
  readonly receiveCodes: (options?: CallOptions) => Promise<void>

  /**
   * Verifies the user by an OTP from an app or an SMS, or by a recovery code. This uses the OTP up.
   * A wrong, expired or used one rejects with `BadRequest`, and what can't be an OTP with
   * `InvalidOtp`, before anything is sent.
   *
   * Source: `POST /user/otp/verify/{otp}`.
   *
   * @param otp what the user typed, read as `Otp.parse` does; or a recovery code
   * @param options the options of this call
   */
  readonly findEnsureOtp: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Issues a seed for the user's authenticator app: an `otpauth:` URI, in plain, for a QR code. It is empty where the
   * API gave none. A new seed may unseat the one before.
   *
   * Source: `POST /user/otp/app/receive`.
   *
   * @param options the options of this call
   */
  readonly seedApp: (options?: CallOptions) => Promise<string>

  /**
   * Turns two-factor authentication by app on. A wrong OTP rejects with `Unauthorized`, as the API's text has it, or
   * with `FailedDependency`, as the API was seen to answer.
   *
   * Source: `POST /user/otp/app`.
   *
   * @param otp a code that the app shows for the seed of `seedApp`
   * @param options the options of this call
   */
  readonly enableTfaApp: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Turns two-factor authentication by app off. Rejects as `enableTfaApp` does, and with `NotFound` where it is not on.
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
   * @param otp what the SMS of `receiveCodes` shows
   * @param options the options of this call
   */
  readonly enableTfaSms: (otp: string, options?: CallOptions) => Promise<void>

  /**
   * Turns two-factor authentication by SMS off. Rejects as `disableTfaApp` does.
   *
   * Source: `DELETE /user/otp/sms`.
   *
   * @param otp what the SMS of `receiveCodes` shows
   * @param options the options of this call
   */
  readonly disableTfaSms: (otp: string, options?: CallOptions) => Promise<void>
}

interface Closable {
  /**
   * Lets the calls under way come to their ends, each within its `timeout`, and makes no more: they are rejected with
   * `CallRejected`, `"ClientClosed"`.
   */
  readonly close: () => Promise<void>
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * The operations of one token, and their end.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpsClient extends Otps, Closable {}

/**
 * The operations of each user, and their end.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtpsForUsers extends Closable {
  /**
   * The operations of one user. Making them is cheap, so make them for each request. All users share the retry budget.
   *
   * Throws `InvalidSetting` for what can't be a token.
   *
   * @param authToken the user's token
   */
  readonly forUser: (authToken: string) => Otps
}

/**
 * Where and how to call.
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
  /** Permits `http:` to any host. The token then travels in the clear. Default: `false`. */
  readonly allowInsecureHttp?: boolean | undefined
  /** What sends the requests. Default: `globalThis.fetch`, as it is when a call is made. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** The deadline of a call in milliseconds, including its retries and its reply's body. Default: 10,000. */
  readonly timeout?: number | undefined
  /**
   * How many retries a call may make, with exponential backoff and full jitter, and tries of at most 5 seconds. Only
   * what can't have happened twice is tried again. With 0, one try may take as long as the call. Default: 3.
   */
  readonly retries?: number | undefined
  /** How many bytes of a reply's body are read, after decompression. Default: 65,536. */
  readonly maxBodySize?: number | undefined
  /** The `User-Agent`, or `false` to set none. Default: `metal-otp/<version>`, but none in browsers. */
  readonly userAgent?: string | false | undefined
}

/**
 * Whose calls are made, where and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends UsersOptions {
  /**
   * The token of every call: fixed, or a function that is called once for each call, as for a token that rotates or a
   * vault. It has to give the token within the call's `timeout`, and is never called again for the same call. What it
   * throws rejects the call with `CallRejected`, `"TokenUnavailable"`, without a word of it.
   */
  readonly authToken: string | ((signal: AbortSignal) => string | Promise<string>)
}

/** What it is, if it is a text: a program without types may give anything. */
const textOf = (input: unknown): string => (typeof input === "string" ? input : "")

const isCount = (input: number): boolean => Number.isSafeInteger(input) && input >= 0

const policyOf = (retries: number): RetryPolicy.RetryPolicy =>
  retries === 0
    ? RetryPolicy.none
    : RetryPolicy.fromSchedule(RetryPolicy.fullJitter().pipe(Schedule.upTo({ times: retries })))

/** The value of an exit, or else its failure, thrown. */
const settle = <A>(exit: Exit.Exit<A, unknown>, signal?: AbortSignal): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw signal?.aborted === true && Cause.hasInterruptsOnly(exit.cause) ? signal.reason : Cause.squash(exit.cause)
}

const invalid = (setting: InvalidSetting["setting"], problem: string) => new InvalidSetting({ setting, problem })

const settingsOf = ({ fetch, retries, ...options }: UsersOptions): Clients.Options => {
  if (fetch !== undefined && typeof fetch !== "function") throw invalid("fetch", "it is not a function")
  if (retries !== undefined && !isCount(retries)) throw invalid("retries", "it is not a number of retries, 0 or more")
  return {
    ...options,
    baseUrl: options.baseUrl ?? "",
    ...(retries === undefined ? {} : { retryPolicy: policyOf(retries) })
  }
}

/** The transport. The global fetch is looked up for each request, since tests and tracers replace it. */
const transportOf = ({ fetch = (...request) => globalThis.fetch(...request) }: UsersOptions) =>
  Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))

const made = <A>(make: Effect.Effect<A, InvalidSetting, HttpClient.HttpClient>, options: UsersOptions): A =>
  settle(Effect.runSyncExit(Effect.provide(make, transportOf(options))))

const sourceOf = (authToken: Options["authToken"]): Client.Options["authToken"] =>
  typeof authToken === "function"
    ? Effect.flatMap(
        Effect.tryPromise(async (signal) => authToken(signal)),
        (token) => AuthToken.make(textOf(token))
      )
    : Redacted.make(textOf(authToken))

/** The calls of a client: those under way, and whether there may be more. */
class Calls {
  #running = 0
  #closed: Promise<void> | undefined
  #atEnd: (() => void) | undefined

  /** Makes a call, and gives what it comes to. */
  async make<A>(
    operation: Operation,
    { signal, ...options }: CallOptions = {},
    call: (options: Client.CallOptions) => Effect.Effect<A, unknown>
  ): Promise<A> {
    const checked = this.#check(operation, options, signal)
    signal?.throwIfAborted()
    this.#running++
    try {
      return settle(await Effect.runPromiseExit(call(checked), signal && { signal }), signal)
    } finally {
      this.#running--
      if (this.#running === 0) this.#atEnd?.()
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= new Promise((resolve) => {
      if (this.#running === 0) resolve()
      else this.#atEnd = resolve
    }))
  }

  #check(
    operation: Operation,
    { retries, timeout }: Omit<CallOptions, "signal">,
    signal: AbortSignal | undefined
  ): Client.CallOptions {
    if (this.#closed !== undefined) throw new CallRejected({ operation, reason: "ClientClosed" })
    if (retries !== undefined && !isCount(retries)) {
      throw new CallRejected({ operation, reason: "InvalidOption", option: "retries" })
    }
    if (signal !== undefined && typeof signal.addEventListener !== "function") {
      throw new CallRejected({ operation, reason: "InvalidOption", option: "signal" })
    }
    return {
      ...(timeout === undefined ? {} : { timeout }),
      ...(retries === undefined ? {} : { retryPolicy: policyOf(retries) })
    }
  }
}

const closable = (calls: Calls): Closable => {
  const close = () => calls.close()
  return { close, [Symbol.asyncDispose]: close }
}

const plain = ({ codes, outcome }: Client.Confirmation): Confirmation => ({
  outcome,
  codes: RecoveryCodeList.values(codes)
})

const otpsOf = (client: Clients.UserClient, calls: Calls): Otps => {
  type WithOtp = "findEnsureOtp" | "enableTfaApp" | "disableTfaApp" | "enableTfaSms" | "disableTfaSms"
  const withOtp = (operation: WithOtp) => (otp: string, options?: CallOptions) =>
    calls.make(operation, options, (own) =>
      Effect.flatMap(Otp.make(textOf(otp)), (otp): Effect.Effect<void, unknown> => client[operation](otp, own))
    )
  return {
    findRecoveryCodes: (options) =>
      calls.make("findRecoveryCodes", options, (own) =>
        Effect.map(client.findRecoveryCodes(own), RecoveryCodeList.values)
      ),
    regenerateCodes: (options) =>
      calls.make("regenerateCodes", options, (own) => Effect.map(client.regenerateCodes(own), RecoveryCodeList.values)),
    regenerateCodesConfirmed: (options) =>
      calls.make("regenerateCodes", options, (own) => Effect.map(client.regenerateCodesConfirmed(own), plain)),
    confirmRegenerateCodes: (before, options) =>
      calls.make("findRecoveryCodes", options, (own) =>
        Effect.map(client.confirmRegenerateCodes(RecoveryCodeList.make(before), own), plain)
      ),
    receiveCodes: (options) => calls.make("receiveCodes", options, client.receiveCodes),
    findEnsureOtp: withOtp("findEnsureOtp"),
    seedApp: (options) =>
      calls.make("seedApp", options, (own) => Effect.map(client.seedApp(own), ({ otpUri }) => Redacted.value(otpUri))),
    enableTfaApp: withOtp("enableTfaApp"),
    disableTfaApp: withOtp("disableTfaApp"),
    enableTfaSms: withOtp("enableTfaSms"),
    disableTfaSms: withOtp("disableTfaSms")
  }
}

/**
 * Makes the operations of one token.
 *
 * Throws `InvalidSetting`, which names the setting and never shows its value.
 *
 * @param options whose calls are made, where and how
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
  const calls = new Calls()
  const settings = settingsOf(options)
  const make = Effect.gen(function* () {
    const token = yield* Operations.parseToken(sourceOf(authToken))
    return Operations.all(yield* Operations.make(settings))(token)
  })
  const client = made(make, options)
  return { ...otpsOf(client, calls), ...closable(calls) }
}

/**
 * Makes the operations of many users, for a server that calls with the token of each.
 *
 * Throws `InvalidSetting`, which names the setting and never shows its value.
 *
 * @param options where and how to call
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
  const calls = new Calls()
  const clients = made(Clients.make(settingsOf(options)), options)
  return {
    forUser: (authToken) =>
      otpsOf(clients.forUser(settle(Effect.runSyncExit(AuthToken.make(textOf(authToken))))), calls),
    ...closable(calls)
  }
}
