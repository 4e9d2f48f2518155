/** The mix of requests, and the reply that each must get. */
import { Array, Option, Schema, Struct } from "effect"
import { tokenOf } from "./Users.ts"

/** The kinds of requests, and the status that each reply must have. */
export const kinds = {
  findRecoveryCodes: { label: "findRecoveryCodes", status: 200 },
  regenerateCodes: { label: "regenerateCodes", status: 200 },
  receiveCodes: { label: "receiveCodes", status: 204 },
  rightOtp: { label: "findEnsureOtp, a recovery code", status: 204 },
  wrongOtp: { label: "findEnsureOtp, a wrong OTP", status: 400 },
  wrongToken: { label: "findRecoveryCodes, a wrong token", status: 401 }
} as const

export const Kind = Schema.Literals(Struct.keys(kinds))

export type Kind = typeof Kind.Type

/** One after another: 40 % of the first kind, then 15 %, 15 %, 15 %, 10 % and 5 %. Codes are read before one is used. */
const mix: ReadonlyArray<Kind> = [
  "findRecoveryCodes",
  "rightOtp",
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findRecoveryCodes",
  "wrongOtp",
  "findRecoveryCodes",
  "rightOtp",
  "findRecoveryCodes",
  "regenerateCodes",
  "receiveCodes",
  "findRecoveryCodes",
  "wrongToken",
  "findRecoveryCodes",
  "rightOtp",
  "regenerateCodes",
  "receiveCodes",
  "findRecoveryCodes",
  "wrongOtp"
]

/** The share of each kind, in percent. */
export const shareOf = (kind: Kind): number => (mix.filter((one) => one === kind).length / mix.length) * 100

/** A request as the driver sends it. */
export interface Request {
  readonly kind: Kind
  readonly method: "GET" | "POST"
  readonly path: string
  readonly headers: Array<string>
  /** Reads the body of a reply with the right status. Returns the problem, if there is one. */
  readonly take: (body: string) => string | undefined
  /** Frees the user for the next request. Called after the reply, or when none came. */
  readonly done: () => void
}

interface User {
  readonly headers: Array<string>
  /** The valid recovery codes that were read. */
  codes: ReadonlyArray<string>
  /** Whether the user waits for a reply. Another request could then use up its code. */
  isBusy: boolean
}

const recoveryCodes = "/metal/v1/user/otp/recovery-codes"

/** Never right by chance: recovery codes have no zeros, and codes of SMS and apps have fewer than ten digits. */
const wrongOtp = "0000000000"

const wrongToken = ["x-auth-token", tokenOf(0).replace("load", "nobodys")]

/** Matches a recovery code in a body. Parsing the JSON would cost the driver more. */
const code = /(?<=")[2-9a-z]{10}(?=")/g

const ignore = () => undefined

const lists = (user: User) => (body: string) => {
  user.codes = body.match(code) ?? []
  return user.codes.length === 0 ? "no codes" : undefined
}

const requestOf = (kind: Kind, user: User): Request => {
  const done = () => {
    user.isBusy = false
  }
  user.isBusy = true
  const { headers } = user
  switch (kind) {
    case "findRecoveryCodes":
      return { kind, method: "GET", path: recoveryCodes, headers, take: lists(user), done }
    case "regenerateCodes":
      return { kind, method: "POST", path: recoveryCodes, headers, take: lists(user), done }
    case "receiveCodes":
      return { kind, method: "POST", path: "/metal/v1/user/otp/sms/receive", headers, take: ignore, done }
    case "rightOtp": {
      const [otp, ...others] = user.codes
      if (otp === undefined) return requestOf("findRecoveryCodes", user)
      user.codes = others
      return { kind, method: "POST", path: `/metal/v1/user/otp/verify/${otp}`, headers, take: ignore, done }
    }
    case "wrongOtp":
      return { kind, method: "POST", path: `/metal/v1/user/otp/verify/${wrongOtp}`, headers, take: ignore, done }
    case "wrongToken":
      return { kind, method: "GET", path: recoveryCodes, headers: wrongToken, take: ignore, done }
  }
}

/** The requests of a number of users. */
export interface Requests {
  /** Reads the codes of one user. */
  readonly first: (place: number) => Option.Option<Request>
  /** The request with this number, from 0, or `undefined` if every user waits for a reply. */
  readonly next: (number: number) => Option.Option<Request>
}

/**
 * Gives each user one request after the other. In each round of all users, each
 * sends the next kind of the mix. So no user sends enough wrong OTPs in a row to
 * be locked: a right one always comes before.
 *
 * @param count the number of users
 */
export const make = (count: number): Requests => {
  const users = Array.makeBy(count, (place): User => ({
    headers: ["x-auth-token", tokenOf(place)],
    codes: [],
    isBusy: false
  }))

  /** The user at an index, or the next one that is free. */
  const freeFrom = (place: number) => {
    for (let step = 0; step < count; step++) {
      const user = users[(place + step) % count]
      if (user?.isBusy === false) return Option.some(user)
    }
    return Option.none()
  }

  return {
    first: (place) => Option.map(freeFrom(place), (user) => requestOf("findRecoveryCodes", user)),
    next: (number) => {
      const turn = Math.floor(number / count)
      const kind = mix[(number + turn) % mix.length] ?? "findRecoveryCodes"
      return Option.map(freeFrom(number % count), (user) => requestOf(kind, user))
    }
  }
}
