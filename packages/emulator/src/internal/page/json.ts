/** What the page's JSON routes answer. Times are epoch milliseconds. Read by the page's script, so without imports. */

/** A section of the page, as the stream of changes names it. */
export type Section = "outbox" | "users" | "requests" | "faults"

export interface Message {
  readonly id: number
  readonly user: string
  readonly phoneNumber: string
  readonly otp: string
  readonly sentAt: number
  readonly expiresAt: number
  readonly state: "works" | "used" | "expired"
}

export interface Outbox {
  readonly now: number
  /** How many there are for the users that are asked for, those that are not among `messages` too. */
  readonly total: number
  /** The newest first. */
  readonly messages: ReadonlyArray<Message>
}

export interface User {
  readonly name: string
  readonly authToken: string
  readonly phoneNumber: string | null
  readonly twoFactor: boolean
  readonly app: { readonly code: string; readonly nextCodeAt: number; readonly period: number } | null
  readonly recoveryCodes: ReadonlyArray<{ readonly code: string; readonly usedAt: number | null }>
  readonly wrongOtps: number
  readonly lockedUntil: number | null
}

export interface Users {
  readonly now: number
  readonly users: ReadonlyArray<User>
  readonly total: number
}

/** What an app is enrolled with: asked for when it is to be seen. */
export interface Enrolment {
  /** In base32. */
  readonly secret: string
  /** `otpauth://` */
  readonly uri: string
}

/** Without the secrets of a request: they are asked for one by one. */
export interface Request {
  readonly id: number
  readonly at: number
  readonly method: string
  readonly path: string
  readonly user: string | null
  readonly status: number | null
  readonly duration: number
  readonly fault: string | null
}

export interface Requests {
  readonly now: number
  /** As in `Outbox`. */
  readonly total: number
  /** The newest first. */
  readonly requests: ReadonlyArray<Request>
}

export interface RequestSecrets {
  readonly path: string
  readonly authToken: string
}

/** A rule as the configuration file has it. */
export interface Rule {
  readonly operation?: string | undefined
  readonly nth?: number | undefined
  readonly probability?: number | undefined
  readonly when?: "before" | "after" | undefined
  /** A delay is in seconds, or `"Infinity"`. */
  readonly fault: { readonly _tag: string; readonly delay?: number | string; readonly status?: number }
}

export interface Faults {
  readonly rules: ReadonlyArray<Rule>
  /** How many faults the rules caused. */
  readonly injected: number
}
