/**
 * The control API of a running emulator as promises, without Effect, for tests with Playwright,
 * Vitest, Jest or anything with `fetch`. `@metal-otp/testing` has the same client without
 * dependencies. `EmulatorClient` is the one for Effect.
 *
 * Codes, tokens and keys come in plain here: they are a test's.
 *
 * @since 0.1.0
 */
import type { Operation } from "@metal-otp/core/Operation"
import { eventsOf, make } from "./internal/promiseCalls.ts"

/**
 * A time: milliseconds, or a text such as `"10s"` or `"5 minutes"`.
 *
 * @category models
 * @since 0.1.0
 */
export type Time = number | string

/**
 * The message or time before the wanted message: a message or its id, a `Date`, or a time in ISO
 * 8601. A number is an id.
 *
 * @category models
 * @since 0.1.0
 */
export type After = { readonly id: number } | Date | number | string

/**
 * An SMS that was sent. Times are epoch milliseconds of the emulator's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message {
  /** Counts up from 1. */
  readonly id: number
  readonly user: string
  readonly phoneNumber: string
  readonly otp: string
  readonly sentAt: number
  readonly expiresAt: number
  readonly state: "works" | "used" | "expired"
}

/**
 * Some of the messages, the newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Messages {
  readonly now: number
  /** How many match in all. */
  readonly total: number
  readonly messages: ReadonlyArray<Message>
}

/**
 * A request that the API served, without its secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly id: number
  readonly at: number
  readonly method: string
  /** The path, with `{otp}` in place of an OTP. */
  readonly path: string
  readonly operation: Operation | null
  readonly user: string | null
  /** `null` if no reply was sent. */
  readonly status: number | null
  /** The reply's `Retry-After`, in seconds. */
  readonly retryAfter: number | null
  /** The messages of an error reply. */
  readonly errors: ReadonlyArray<string>
  /** Milliseconds. */
  readonly duration: number
  /** The fault that it got. */
  readonly fault: string | null
}

/**
 * A request that the API served, with its secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestDetails extends Request {
  /** The path and the query as they came. */
  readonly rawPath: string
  readonly authToken: string
  /** The reply's body; `null` if it has none. */
  readonly body: string | null
}

/**
 * Some of the requests, the newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Requests {
  readonly now: number
  /** How many match in all. */
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
  /** `null` if it still works. */
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
  readonly nextCodeAt: number
  /** Milliseconds. */
  readonly period: number
}

/**
 * An authenticator app: its current code, and its enrolment.
 *
 * @category models
 * @since 0.1.0
 */
export interface App extends AppCode {
  /** The key, in base32. */
  readonly secret: string
  /** `otpauth://` */
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
  /** The user's token for the API. */
  readonly authToken: string
  readonly phoneNumber: string | null
  readonly twoFactor: { readonly app: "off" | "seeded" | "on"; readonly sms: "off" | "on" }
  /** The fixed code of all SMS to this user; `null` if each SMS has another code. */
  readonly fixedOtp: string | null
  /** The app that is on; `null` if none is. */
  readonly app: AppCode | null
  /** What `seedApp` has issued and no code has confirmed yet, as an app shows it; `null` if nothing is. */
  readonly seed: AppCode | null
  readonly recoveryCodes: ReadonlyArray<RecoveryCode>
  readonly wrongOtps: number
  /** `null` if no lock is on. */
  readonly lockedUntil: number | null
}

/**
 * Some of the users.
 *
 * @category models
 * @since 0.1.0
 */
export interface Users {
  readonly now: number
  /** How many match in all. */
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
  /** Default: a new one. */
  readonly authToken?: string
  /** Default: `"+1 555 0100"`; `null`: none. */
  readonly phoneNumber?: string | null
  /** `true` by app, `false` in no way, or each way by itself. Default: `true`. */
  readonly twoFactor?: boolean | { readonly app?: "off" | "seeded" | "on"; readonly sms?: "off" | "on" }
  /** Default: a new key, SHA-1, 6 digits, 30 seconds. */
  readonly totp?: {
    readonly secret?: string
    readonly algorithm?: "SHA1" | "SHA256" | "SHA512"
    readonly digits?: 6 | 7 | 8
    readonly period?: Time
  }
  /** A fixed code for all SMS to this user: 6 digits. Default: each SMS has another code. */
  readonly otp?: string
  /** The seed of this user's codes and keys. Default: as for the emulator. */
  readonly seed?: string | number
}

/**
 * What goes wrong.
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
  /** Default: all. */
  readonly operation?: Operation | undefined
  /** Only the nth call, from 1. */
  readonly nth?: number | undefined
  /** 0 to 1. Default: 1. */
  readonly probability?: number | undefined
  /** Before the operation has its effect, or after. Default: `"before"`. */
  readonly when?: "before" | "after" | undefined
  readonly fault: Fault
}

/**
 * The rules in force, and their effects.
 *
 * @category models
 * @since 0.1.0
 */
export interface Faults {
  readonly rules: ReadonlyArray<Rule>
  readonly seed: string | number
  readonly injected: number
  /** The rules that can never apply again, by their index. */
  readonly idle: ReadonlyArray<{ readonly index: number; readonly reason: string }>
}

/**
 * The emulator's clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Clock {
  readonly now: number
  readonly held: boolean
  /** How far it is ahead of the machine's clock, in milliseconds. */
  readonly offset: number
}

/**
 * A change.
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
 * The users: one by name, or all with this in their name. Default: all.
 *
 * @category models
 * @since 0.1.0
 */
export interface Of {
  readonly user?: string
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
  /** Only a message after this one. */
  readonly after?: After
  /** How long, up to 5 minutes. Default: 10 seconds. */
  readonly wait?: Time
  /** Stops waiting. */
  readonly signal?: AbortSignal
}

/**
 * A running emulator. Every method rejects with an `EmulatorError` if the emulator refuses or does
 * not answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface PromiseClient {
  /** Where the emulator is: `http://127.0.0.1:4010`. */
  readonly url: string
  /** The base URL for clients of the API. */
  readonly baseUrl: string
  /** The newest code of a user that works. Waits for one if there is none; 404 when none came in time. */
  readonly otp: (options: WaitOptions) => Promise<string>
  /** Resolves when the emulator answers. Rejects after `timeout` milliseconds. Default: 30,000. */
  readonly ready: (options?: { readonly timeout?: number }) => Promise<void>
  /** Resets everything or one user. With a seed, codes repeat. */
  readonly reset: (options?: { readonly user?: string; readonly seed?: string | number }) => Promise<void>
  /** How often each operation was carried out. */
  readonly counts: () => Promise<Readonly<Record<Operation, number>>>
  /** The changes from now on. It ends with the emulator, by `break`, or by the signal. */
  readonly events: (options?: { readonly user?: string; readonly signal?: AbortSignal }) => AsyncIterable<Event>
  readonly messages: {
    /** As `otp`, with all of the message. */
    readonly wait: (options: WaitOptions) => Promise<Message>
    readonly list: (options?: Of & { readonly after?: After; readonly limit?: number }) => Promise<Messages>
    /** The newest of a user, whether its code works or not; 404 if there is none. */
    readonly newest: (user: string) => Promise<Message>
    readonly get: (id: number) => Promise<Message>
    /** Forgets one. Its code works as before. */
    readonly remove: (id: number) => Promise<void>
    readonly clear: (of?: Of) => Promise<void>
  }
  readonly requests: {
    /** `after` is the id of a request. */
    readonly list: (
      options?: Of & {
        readonly operation?: Operation
        readonly status?: number
        readonly after?: number
        readonly limit?: number
      }
    ) => Promise<Requests>
    readonly get: (id: number) => Promise<RequestDetails>
    readonly clear: (of?: Of) => Promise<void>
  }
  readonly users: {
    readonly list: (options?: {
      readonly search?: string
      readonly offset?: number
      readonly limit?: number
    }) => Promise<Users>
    readonly get: (user: string) => Promise<User>
    /** Adds a user for a test, and returns the token too. */
    readonly add: (user?: NewUser) => Promise<User>
    readonly remove: (user: string) => Promise<void>
    readonly unlock: (user: string) => Promise<void>
    readonly app: (user: string) => Promise<App>
    /** The QR code that enrols the app, as SVG. */
    readonly qrCode: (user: string) => Promise<string>
    readonly recoveryCodes: (user: string) => Promise<ReadonlyArray<RecoveryCode>>
    /** Sends an SMS, as if the user had asked for it. */
    readonly sendSms: (user: string) => Promise<Message>
  }
  readonly faults: {
    readonly get: () => Promise<Faults>
    /** Sets rules, which replace the ones before. */
    readonly set: (rules: ReadonlyArray<Rule>, options?: { readonly seed?: string | number }) => Promise<void>
    readonly clear: () => Promise<void>
  }
  readonly clock: {
    readonly get: () => Promise<Clock>
    readonly set: (now: Date | number | string) => Promise<Clock>
    readonly advance: (by: Time) => Promise<Clock>
    readonly hold: () => Promise<Clock>
    readonly release: () => Promise<Clock>
    /** Sets it to the machine's time. */
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
  /** The emulator's `METAL_EMULATOR_CONTROL_KEY`. On its own machine, none is needed. */
  readonly key?: string
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch
}

/** The emulator takes a number for seconds, and programs in JavaScript mean milliseconds by it. */
const timeText = (time: Time) => (typeof time === "number" ? `${time}ms` : time)

const optionalTime = (time: Time | undefined) => (time === undefined ? undefined : timeText(time))

const afterText = (after: After | undefined) => {
  if (typeof after !== "object") return after
  return after instanceof Date ? after.toISOString() : after.id
}

const newUser = ({ totp, ...user }: NewUser) =>
  totp === undefined ? user : { ...user, totp: { ...totp, period: optionalTime(totp.period) } }

const rule = ({ fault, ...calls }: Rule) => ({
  ...calls,
  fault: fault._tag === "Slow" ? { ...fault, delay: timeText(fault.delay) } : fault
})

const userPath = (user: string, rest = "") => `/users/${encodeURIComponent(user)}${rest}`

/** Waits, or until the signal. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resume) => {
    const timer = setTimeout(resume, milliseconds)
    signal.addEventListener("abort", () => {
      clearTimeout(timer)
      resume()
    })
  })

/**
 * Connects to a running emulator: of `metal-otp emulator`, in a container, or in another process.
 * It sends nothing before you call a method.
 *
 * Throws a `TypeError` if the URL or the key can't be used.
 *
 * @param url the address of the emulator, of its API or of its control API
 * @param options the key, and what sends requests
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
    const over = AbortSignal.timeout(timeout)
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return void (await health(over))
      } catch (error) {
        if (over.aborted) throw new Error(`The emulator at ${base} is not ready after ${timeout} ms`, { cause: error })
      }
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await pause(100, over)
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
      get: () => json("GET", "/faults"),
      set: (rules, { seed } = {}) => done("PUT", "/faults", { body: { rules: rules.map(rule), seed } }),
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
