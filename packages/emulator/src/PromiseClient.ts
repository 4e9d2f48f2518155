/**
 * A client for the control API of a running emulator, on promises: for tests with Playwright,
 * Vitest, Jest, or any platform with `fetch`. `@metal-otp/testing` has the same client without
 * dependencies. `EmulatorClient` is the client on Effect.
 *
 * Codes, tokens and keys are plain strings here, because only tests use them.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/core/Operation"
import { eventsOf, make } from "./internal/promiseCalls.ts"

/**
 * A duration: milliseconds, or a text such as `"10s"` or `"5 minutes"`.
 *
 * @category models
 * @since 0.1.0
 */
export type Time = number | string

/**
 * The wanted message comes after this message or its id, or at this time or later. A time is a
 * `Date`, or a text in ISO 8601. A number is an id.
 *
 * @category models
 * @since 0.1.0
 */
export type After = { readonly id: number } | Date | number | string

/**
 * An SMS that the emulator sent. Times are epoch milliseconds of the emulator's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message {
  /** Counts up from 1. */
  readonly id: number
  /** The name of the user. */
  readonly user: string
  readonly phoneNumber: string
  readonly otp: string
  readonly sentAt: number
  readonly expiresAt: number
  /** Whether the API accepts the OTP now. */
  readonly state: "works" | "used" | "expired"
}

/**
 * A page of messages, the newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Messages {
  /** The time of the emulator's clock, in epoch milliseconds. */
  readonly now: number
  /** The number of all that match, including those that this page leaves out. */
  readonly total: number
  readonly messages: ReadonlyArray<Message>
}

/**
 * A request to the API, without its secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  /** Counts up from 1. */
  readonly id: number
  /** When it arrived, in epoch milliseconds of the emulator's clock. */
  readonly at: number
  readonly method: string
  /** The path without the query, with `{otp}` in place of an OTP. */
  readonly path: string
  /** `null` if the request matches no operation. */
  readonly operation: Operation | null
  /** The name of the user with the request's token; `null` if no user has it. */
  readonly user: string | null
  /** The status of the reply; `null` if the emulator sent none. */
  readonly status: number | null
  /** The reply's `Retry-After`, in seconds; `null` if it has none. */
  readonly retryAfter: number | null
  /** The messages of an error reply. */
  readonly errors: ReadonlyArray<string>
  /** How long the reply took, in milliseconds of real time. */
  readonly duration: number
  /** The injected fault; `null` if there was none. */
  readonly fault: string | null
}

/**
 * A request to the API, with its secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestDetails extends Request {
  /** The path and the query as they were sent, with the OTP. */
  readonly rawPath: string
  /** The token that the request carries, valid or not; empty if it carries none. */
  readonly authToken: string
  /** The reply's body; `null` if it has none. */
  readonly body: string | null
}

/**
 * A page of requests, the newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Requests {
  /** The time of the emulator's clock, in epoch milliseconds. */
  readonly now: number
  /** The number of all that match, including those that this page leaves out. */
  readonly total: number
  readonly requests: ReadonlyArray<Request>
}

/**
 * A recovery code.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecoveryCode {
  readonly code: string
  /** When it was used, in epoch milliseconds of the emulator's clock; `null` if it still works. */
  readonly usedAt: number | null
}

/**
 * The current code of an authenticator app.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppCode {
  readonly code: string
  /** When the app shows the next code, in epoch milliseconds of the emulator's clock. */
  readonly nextCodeAt: number
  /** How long the app shows a code, in milliseconds. */
  readonly period: number
}

/**
 * An authenticator app: its current code, and its enrolment.
 *
 * @category models
 * @since 0.1.0
 */
export interface App extends AppCode {
  /** The key that enrols the app, in base32. */
  readonly secret: string
  /** The `otpauth://` URI that enrols the app. */
  readonly uri: string
}

/**
 * The current state of a user.
 *
 * @category models
 * @since 0.1.0
 */
export interface User {
  readonly name: string
  /** The token to call the API with, as `X-Auth-Token`. */
  readonly authToken: string
  readonly phoneNumber: string | null
  /** The factors that are on. An app is `"seeded"` when it has its seed and no code has confirmed it yet. */
  readonly twoFactor: { readonly app: "off" | "seeded" | "on"; readonly sms: "off" | "on" }
  /** The OTP of every SMS to this user; `null` if each SMS has a new OTP. */
  readonly fixedOtp: string | null
  /** The authenticator app; `null` if it is not on. */
  readonly app: AppCode | null
  /** The seed that `seedApp` issued and no code has confirmed yet, with its code; `null` if there is none. */
  readonly seed: AppCode | null
  /** The recovery codes in the API's order. Empty while two-factor authentication is off. */
  readonly recoveryCodes: ReadonlyArray<RecoveryCode>
  /** The number of wrong OTPs that count towards the next lock. */
  readonly wrongOtps: number
  /** The end of the lock, in epoch milliseconds of the emulator's clock; `null` if the user is not locked. */
  readonly lockedUntil: number | null
}

/**
 * A page of users, in the order in which they were added.
 *
 * @category models
 * @since 0.1.0
 */
export interface Users {
  /** The time of the emulator's clock, in epoch milliseconds. */
  readonly now: number
  /** The number of all that match, including those that this page leaves out. */
  readonly total: number
  readonly users: ReadonlyArray<User>
}

/**
 * A new user. All fields are optional.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewUser {
  /** Default: `"user-"` and a number. */
  readonly name?: string
  /** Default: a random one. */
  readonly authToken?: string
  /** `null` for a user without a phone number. Default: `"+1 555 0100"`. */
  readonly phoneNumber?: string | null
  /** The factors that are on at the start. `true` means the app, `false` means none. Default: `true`. */
  readonly twoFactor?: boolean | { readonly app?: "off" | "seeded" | "on"; readonly sms?: "off" | "on" }
  /** The parameters of the authenticator app. Default: a random key, SHA-1, 6 digits, 30 seconds. */
  readonly totp?: {
    readonly secret?: string
    readonly algorithm?: "SHA1" | "SHA256" | "SHA512"
    readonly digits?: 6 | 7 | 8
    readonly period?: Time
  }
  /** The OTP of every SMS to this user, 6 digits. Default: each SMS has a new OTP. */
  readonly otp?: string
  /** The seed of this user's codes and keys. Default: the emulator's. */
  readonly seed?: string | number
}

/**
 * A fault. `Refuse` and `Reset` break the connection before the reply, `ResetInBody` within its body. `Hang` sends no
 * reply. `Slow` delays it. `Status` and `Foreign` replace it. `Truncated` cuts its body in half.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault =
  | { readonly _tag: "Refuse" | "Reset" | "ResetInBody" | "Hang" | "Truncated" }
  | { readonly _tag: "Slow"; readonly delay: Time }
  | {
      readonly _tag: "Status"
      readonly status: number
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly body?: string | undefined
    }
  | { readonly _tag: "Foreign"; readonly contentType: string; readonly body: string }

/**
 * A fault, and the calls that get it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  /** Only calls of this operation. Default: all operations. */
  readonly operation?: Operation | undefined
  /** Only the nth of these calls, counted from 1. Default: each of them. */
  readonly nth?: number | undefined
  /** The probability of the fault, 0 to 1. Default: 1. */
  readonly probability?: number | undefined
  /** Whether the fault comes before or after the operation has its effect. Default: `"before"`. */
  readonly when?: "before" | "after" | undefined
  readonly fault: Fault
}

/**
 * The current fault rules, and what they did.
 *
 * @category models
 * @since 0.1.0
 */
export interface Faults {
  readonly rules: ReadonlyArray<Rule>
  readonly seed: string | number
  /** The number of faults that these rules have injected. */
  readonly injected: number
  /** The rules that can never apply again, by their index in `rules`. */
  readonly idle: ReadonlyArray<{ readonly index: number; readonly reason: string }>
}

/**
 * The emulator's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Clock {
  /** The time, in epoch milliseconds. */
  readonly now: number
  /** Whether the clock is stopped. */
  readonly held: boolean
  /** How far the clock is ahead of the machine's clock, in milliseconds. */
  readonly offset: number
}

/**
 * A change, without secrets. `Connected` is the first event of a stream. A `Heartbeat` comes every
 * 5 seconds. `EventsMissed` replaces the events that a slow reader misses.
 *
 * @category models
 * @since 0.1.0
 */
export type Event =
  | { readonly _tag: "Connected" | "Heartbeat"; readonly now: number }
  | { readonly _tag: "EventsMissed"; readonly count: number }
  | { readonly _tag: "UserAdded" | "UserChanged" | "UserRemoved"; readonly user: string }
  | { readonly _tag: "SmsSent"; readonly user: string; readonly id: number }
  | {
      readonly _tag: "RequestServed"
      readonly id: number
      readonly user: string | null
      readonly operation: Operation | null
      readonly status: number | null
      readonly fault: string | null
    }
  | { readonly _tag: "OutboxCleared" | "RequestsCleared" | "FaultsChanged" }
  | ({ readonly _tag: "ClockChanged" } & Clock)
  | { readonly _tag: "Reset"; readonly user: string | null }

/**
 * The users whose messages or requests are meant. Default: all messages or requests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Of {
  /** Only those of the user with this name. */
  readonly user?: string
  /** Only those of users with this text in their name, in upper or lower case. */
  readonly search?: string
}

/**
 * The message to wait for.
 *
 * @category models
 * @since 0.1.0
 */
export interface WaitOptions {
  /** The name of the user. */
  readonly user: string
  /** Only a message after this one. Default: the newest message whose OTP works. */
  readonly after?: After
  /** How long to wait, at most 2 minutes. Default: 10 seconds. */
  readonly wait?: Time
  /** Stops the wait. The promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * A client of one emulator.
 *
 * Every method rejects with an `EmulatorError` when the emulator refuses the request or does not
 * answer. Its status is 404 for a user, message or request that does not exist, 400 for an invalid
 * option, and 401 for a missing or wrong key.
 *
 * @category models
 * @since 0.1.0
 */
export interface PromiseClient {
  /** The address of the emulator: `http://127.0.0.1:4010`. */
  readonly url: string
  /** The base URL for clients of the API. */
  readonly baseUrl: string
  /**
   * Returns the OTP of the user's newest message that works. If there is none, waits for the next one. Rejects with status
   * 404 when none arrives in time, and with 400 when no user has this name.
   */
  readonly otp: (options: WaitOptions) => Promise<string>
  /** Waits until the emulator answers. Rejects with an `Error` after `timeout` milliseconds. Default: 30,000. */
  readonly ready: (options?: { readonly timeout?: number }) => Promise<void>
  /** Resets everything, or one user. With a `seed`, all later codes and keys are the same in each run. */
  readonly reset: (options?: { readonly user?: string; readonly seed?: string | number }) => Promise<void>
  /** Returns how often each operation was carried out. A refused call does not count. */
  readonly counts: () => Promise<Readonly<Record<Operation, number>>>
  /**
   * Listens to changes from now on: all, or those about one user. Ends when the emulator closes, by `break`, or by the
   * signal, whose reason it throws.
   */
  readonly events: (options?: { readonly user?: string; readonly signal?: AbortSignal }) => AsyncIterable<Event>
  /** The SMS that the emulator sent. */
  readonly messages: {
    /** Waits as `otp` does, and returns the whole message. */
    readonly wait: (options: WaitOptions) => Promise<Message>
    /** Lists messages, the newest first: at most `limit` (1 to 1,000, default 200). */
    readonly list: (options?: Of & { readonly after?: After; readonly limit?: number }) => Promise<Messages>
    /** Returns the newest message of a user, whether its OTP works or not. Status 400 if no user has this name. */
    readonly newest: (user: string) => Promise<Message>
    /** Returns one message. */
    readonly get: (id: number) => Promise<Message>
    /** Deletes one message. Its OTP still works. */
    readonly remove: (id: number) => Promise<void>
    /** Deletes all messages, or those of some users. Their OTPs still work. */
    readonly clear: (of?: Of) => Promise<void>
  }
  /** The requests to the API. */
  readonly requests: {
    /** Lists requests, the newest first: at most `limit` (1 to 1,000, default 200), with a higher id than `after`. */
    readonly list: (
      options?: Of & {
        readonly operation?: Operation
        readonly status?: number
        readonly after?: number
        readonly limit?: number
      }
    ) => Promise<Requests>
    /** Returns one request, with its secrets. */
    readonly get: (id: number) => Promise<RequestDetails>
    /** Deletes all requests from the log, or those of some users. */
    readonly clear: (of?: Of) => Promise<void>
  }
  readonly users: {
    /** Lists users in the order in which they were added: at most `limit` (1 to 1,000, default 100) after `offset`. */
    readonly list: (options?: {
      readonly search?: string
      readonly offset?: number
      readonly limit?: number
    }) => Promise<Users>
    /** Returns the current state of a user. */
    readonly get: (user: string) => Promise<User>
    /** Adds a user, and returns its state with the token. Status 409 if another user has the name or the token. */
    readonly add: (user?: NewUser) => Promise<User>
    /** Removes a user with all messages and requests. */
    readonly remove: (user: string) => Promise<void>
    /** Ends the lock after wrong OTPs, and sets their count to zero. */
    readonly unlock: (user: string) => Promise<void>
    /** Returns the code and the enrolment of the authenticator app. Status 404 if there is neither an app nor a seed. */
    readonly app: (user: string) => Promise<App>
    /** Returns the QR code that enrols the app, as SVG. */
    readonly qrCode: (user: string) => Promise<string>
    /** Returns all recovery codes, used ones too. Empty while two-factor authentication is off. */
    readonly recoveryCodes: (user: string) => Promise<ReadonlyArray<RecoveryCode>>
    /**
     * Sends the SMS that `receiveCodes` sends, and returns the message. Status 422 without a phone number, 429 at the
     * `smsLimit`, 502 when the webhook fails.
     */
    readonly sendSms: (user: string) => Promise<Message>
  }
  /** The fault rules. */
  readonly faults: {
    /** Returns the current rules, and how many faults they injected. */
    readonly get: () => Promise<Faults>
    /** Replaces all rules. With a `seed` (default 0), probabilities give the same faults in each run. */
    readonly set: (rules: ReadonlyArray<Rule>, options?: { readonly seed?: string | number }) => Promise<void>
    /** Removes all rules. */
    readonly clear: () => Promise<void>
  }
  /** The clock of expiry, locks, limits and app codes. Each method returns its new state. */
  readonly clock: {
    /** Returns the state of the clock. */
    readonly get: () => Promise<Clock>
    /** Sets the time: a `Date`, epoch milliseconds, or ISO 8601. */
    readonly set: (now: Date | number | string) => Promise<Clock>
    /** Moves the time forward. */
    readonly advance: (by: Time) => Promise<Clock>
    /** Stops the clock. */
    readonly hold: () => Promise<Clock>
    /** Lets a held clock run on from its time. */
    readonly release: () => Promise<Clock>
    /** Lets the clock run with the machine's time. */
    readonly reset: () => Promise<Clock>
  }
}

/**
 * The options of a connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectOptions {
  /** The emulator's `METAL_EMULATOR_CONTROL_KEY`. Default: none. The emulator's own machine needs none. */
  readonly key?: string
  /** The function that sends requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** In the control API, a number is seconds. In JavaScript, a number is milliseconds. */
const timeText = (time: Time) => (typeof time === "number" ? `${time}ms` : time)

const optionalTime = (time: Time | undefined) => (time === undefined ? undefined : timeText(time))

const afterText = (after: After | undefined) => {
  if (typeof after !== "object") return after
  return after instanceof Date ? after.toISOString() : after.id
}

const newUser = ({ totp, ...user }: NewUser) =>
  totp === undefined ? user : { ...user, totp: { ...totp, period: optionalTime(totp.period) } }

const withDelay = ({ fault, ...calls }: Rule, convert: (delay: Time) => Time): Rule => ({
  ...calls,
  fault: fault._tag === "Slow" ? { ...fault, delay: convert(fault.delay) } : fault
})

const toSend = (rule: Rule) => withDelay(rule, timeText)

const received = (rule: Rule) => withDelay(rule, (delay) => (typeof delay === "number" ? delay * 1000 : delay))

const userPath = (user: string, rest = "") => `/users/${encodeURIComponent(user)}${rest}`

/** Resolves after the time, or when the signal aborts. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resume) => {
    const timer = setTimeout(resume, milliseconds)
    signal.addEventListener("abort", () => {
      clearTimeout(timer)
      resume()
    })
  })

/**
 * Makes a client of a running emulator: of `metal-otp emulator`, in a container, or in another
 * process. It sends no request.
 *
 * Throws a `TypeError` when the URL or the key is invalid.
 *
 * @param url the address of the emulator, its `baseUrl` or its `controlUrl`
 * @param options the key, and the function that sends requests
 *
 * @example
 * ```ts
 * import { PromiseClient } from "@metal-otp/emulator"
 *
 * const emulator = PromiseClient.connectEmulator("http://127.0.0.1:4010")
 *
 * export const login = async () => {
 *   const { authToken, name } = await emulator.users.add()
 *   await fetch(`${emulator.baseUrl}/user/otp/sms/receive`, { method: "POST", headers: { "X-Auth-Token": authToken } })
 *   return emulator.otp({ user: name, wait: "10s" })
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectEmulator = (url: string | URL, options: ConnectOptions = {}): PromiseClient => {
  const { base, done, health, json, response } = make(url, options)
  const wait = ({ after, signal, user, wait }: WaitOptions) =>
    json<Message>("GET", "/otp", { query: { user, after: afterText(after), wait: optionalTime(wait) }, signal })

  const ready = async (timeout: number) => {
    const deadline = AbortSignal.timeout(timeout)
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- each try follows the one before
        return void (await health(deadline))
      } catch (error) {
        if (deadline.aborted)
          throw new Error(
            `The emulator at ${base} is not ready after ${timeout} ms. Is it started, and is the address right?`,
            { cause: error }
          )
      }
      // oxlint-disable-next-line no-await-in-loop -- each try follows the one before
      await pause(100, deadline)
    }
  }

  return {
    url: base,
    baseUrl: `${base}/metal/v1`,
    otp: async (options) => (await wait(options)).otp,
    ready: ({ timeout = 30_000 } = {}) => ready(timeout),
    reset: (body = {}) => done("POST", "/reset", { body }),
    counts: () => json("GET", "/counts"),
    events: async function* ({ signal, user } = {}) {
      const { body } = await response("GET", "/events", { query: { user }, signal })
      if (body === null) return
      for await (const data of eventsOf(body)) {
        const event: Event = JSON.parse(data)
        yield event
      }
    },
    messages: {
      wait,
      list: ({ after, ...query } = {}) => json("GET", "/messages", { query: { ...query, after: afterText(after) } }),
      newest: (user) => json("GET", "/messages/newest", { query: { user } }),
      get: (id) => json("GET", `/messages/${id}`),
      remove: (id) => done("DELETE", `/messages/${id}`),
      clear: (query) => done("DELETE", "/messages", { query: { ...query } })
    },
    requests: {
      list: (query) => json("GET", "/requests", { query: { ...query } }),
      get: (id) => json("GET", `/requests/${id}`),
      clear: (query) => done("DELETE", "/requests", { query: { ...query } })
    },
    users: {
      list: (query) => json("GET", "/users", { query }),
      get: (user) => json("GET", userPath(user)),
      add: (user = {}) => json("POST", "/users", { body: newUser(user) }),
      remove: (user) => done("DELETE", userPath(user)),
      unlock: (user) => done("DELETE", userPath(user, "/lock")),
      app: (user) => json("GET", userPath(user, "/app")),
      qrCode: async (user) => (await response("GET", userPath(user, "/app/qr.svg"))).text(),
      recoveryCodes: async (user) =>
        (await json<{ readonly recoveryCodes: ReadonlyArray<RecoveryCode> }>("GET", userPath(user, "/recovery-codes")))
          .recoveryCodes,
      sendSms: (user) => json("POST", userPath(user, "/sms"))
    },
    faults: {
      get: () => json<Faults>("GET", "/faults").then((faults) => ({ ...faults, rules: faults.rules.map(received) })),
      set: (rules, { seed } = {}) => done("PUT", "/faults", { body: { rules: rules.map(toSend), seed } }),
      clear: () => done("DELETE", "/faults")
    },
    clock: {
      get: () => json("GET", "/clock"),
      set: (now) => json("PUT", "/clock", { body: { now } }),
      advance: (by) => json("POST", "/clock/advance", { body: { by: timeText(by) } }),
      hold: () => json("POST", "/clock/hold"),
      release: () => json("POST", "/clock/release"),
      reset: () => json("POST", "/clock/reset")
    }
  }
}
