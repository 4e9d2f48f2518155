/**
 * Failures as a person would tell them: what happened, whether it may have
 * happened at the server, and what to do next.
 */
import { consequences } from "@metal-otp/core/Consequence"
import { malformed, otpProblem, otpSeedProblem, rejected } from "@metal-otp/core/Failure"
import { defaultBaseUrl, endpoints } from "@metal-otp/schema/Endpoint"
import * as ErrorBody from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError } from "@metal-otp/schema/OtpsError"
import type { Outcome } from "@metal-otp/schema/Outcome"
import * as Duration from "effect/Duration"
import * as Match from "effect/Match"
import { printable } from "./Printable.ts"
import * as Program from "./Program.ts"

/** What a person needs to know of a failure. */
export interface Report {
  readonly what: string
  /** Whether it may have happened at the server; nothing where nothing was to happen. */
  readonly happened?: string | undefined
  readonly next?: string | undefined
}

/** The three sentences, one on each line. */
export const render = ({ happened, next, what }: Report): string =>
  [what, happened, next].filter((line) => line !== undefined && line !== "").join("\n  ")

const seeStatus = `See whether it is on with: ${Program.name} 2fa status`

const nextSteps: Readonly<Partial<Record<Operation, Readonly<Partial<Record<Outcome, string>>>>>> = {
  regenerateCodes: {
    Applied: `Don't run this again. See the new ones with: ${Program.name} recovery-codes list`,
    Unknown: `Don't run this again. See which codes work now with: ${Program.name} recovery-codes list`
  },
  findEnsureOtp: { Unknown: `If it does not work again, get a new one with: ${Program.name} sms send` },
  seedApp: {
    Applied: `An app with the seed before may no longer work. Get another one with: ${Program.name} app seed`,
    Unknown: `An app with the seed before may no longer work. Get another one with: ${Program.name} app seed`
  },
  enableTfaApp: { Unknown: seeStatus },
  disableTfaApp: { Unknown: seeStatus },
  enableTfaSms: { Unknown: seeStatus },
  disableTfaSms: { Unknown: seeStatus }
}

const capitalized = (clause: string) => `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`

/**
 * What an outcome means to the person, and what to do about it: with this
 * program's commands where there are some, or else in the words of the failure.
 *
 * @param operation which one was called
 * @param outcome the outcome of its failure
 */
export const consequence = (operation: Operation, outcome: Outcome): string => {
  const [happened, otherwise] = consequences[operation][outcome]
  const isDoubtful = outcome === "Unknown" && endpoints[operation].kind === "Effect"
  const next = nextSteps[operation]?.[outcome] ?? (otherwise && capitalized(otherwise))
  return `${happened}${isDoubtful ? ": this program can't tell" : ""}.${next === undefined ? "" : `\n  ${next}`}`
}

const wishes: Record<Operation, string> = {
  findRecoveryCodes: "to list the recovery codes",
  regenerateCodes: "to generate new recovery codes",
  receiveCodes: "to send an SMS",
  findEnsureOtp: "to verify the OTP",
  seedApp: "to issue a seed for an app",
  enableTfaApp: "to turn two-factor authentication by app on",
  disableTfaApp: "to turn two-factor authentication by app off",
  enableTfaSms: "to turn two-factor authentication by SMS on",
  disableTfaSms: "to turn two-factor authentication by SMS off"
}

/** Where a call went, for what is told of its failure. */
export interface Target {
  readonly baseUrl: string
}

const retired = `Equinix switched Metal off on 30 June 2026: give --api-url (or METAL_API_URL), or start an emulator with: ${Program.name} emulator`

const said = (body: ErrorBody.ErrorBody) => {
  const messages = ErrorBody.messages(body)
  return messages.length === 0 ? "" : `, saying: ${messages.map(printable).join("; ")}`
}

const later = (delay: Duration.Duration | undefined) =>
  delay === undefined
    ? "Wait a while, then run the command again."
    : `Run the command again in ${Math.ceil(Duration.toSeconds(delay))} seconds.`

const hostOf = (baseUrl: string) => URL.parse(baseUrl)?.host ?? "the API"

const checkUrl = `Check --api-url or METAL_API_URL, and try: ${Program.name} doctor`

/**
 * Tells a failed call.
 *
 * @param error how it failed
 * @param target where it went
 */
export const ofCall = (error: OtpsError, { baseUrl }: Target): Report => {
  const host = hostOf(baseUrl)
  const isRetired = host === hostOf(defaultBaseUrl)
  const happened = error._tag === "InvalidOtp" ? "Nothing was sent." : consequence(error.operation, error.outcome)
  return Match.valueTags(error, {
    InvalidOtp: (error) => ({
      what: `That can't be an OTP or a recovery code: ${otpProblem(error)}.`,
      happened
    }),
    BadRequest: (error) =>
      error.operation === "findEnsureOtp"
        ? {
            what: `The API refused the OTP${said(error)}. It is wrong, expired, or used already.`,
            happened,
            next: `Get a new one with ${Program.name} sms send, or use a recovery code. Wrong attempts may be counted.`
          }
        : { what: `The API refused ${wishes[error.operation]}, with status 400${said(error)}.`, happened },
    Unauthorized: (error) => ({
      what: `The API does not accept the token (status 401${said(error)}).`,
      happened,
      next: `See where the token came from with: ${Program.name} doctor`
    }),
    FailedDependency: (error) => ({
      what: `The API refused ${wishes[error.operation]}, with status 424${said(error)}.`,
      happened,
      next: "The OTP may be wrong, expired, or used already: take the next one."
    }),
    InvalidOtpSeed: ({ reason }) => ({ what: `The API's seed can't be used: ${otpSeedProblem[reason]}.`, happened }),
    NotFound: (error) => ({
      what:
        endpoints[error.operation].group === "OTPs"
          ? `There are no recovery codes for this user (status 404${said(error)}).`
          : `There is nothing to turn off for this user (status 404${said(error)}).`,
      happened,
      next: "Is two-factor authentication turned on for the account?"
    }),
    UnprocessableEntity: (error) => ({
      what: `The API can't do this for this user (status 422${said(error)}).`,
      happened,
      next: error.operation === "receiveCodes" ? "Is a phone number known for the account?" : undefined
    }),
    InternalServerError: (error) => ({ what: `The API failed inside (status 500${said(error)}).`, happened }),
    RateLimited: (error) => ({
      what: `The API asks to slow down (status 429${said(error)}).`,
      happened,
      next: later(error.retryAfter)
    }),
    UnexpectedStatus: (error) => ({
      what:
        error.status >= 300 && error.status < 400
          ? `${host} answered with a redirect (status ${error.status}), which is never followed.`
          : `${host} answered with status ${error.status}, which the API does not document here${said(error)}.`,
      happened,
      next: isRetired ? retired : checkUrl
    }),
    MalformedResponse: (error) => ({
      what: `${unreadable(error, host)}: it ${malformed[error.reason]}${coded(error)}.`,
      happened,
      next: error.operation === "findRecoveryCodes" || isForeign(error) ? checkUrl : undefined
    }),
    TransportFailure: (error) => ({
      what: `${transport[error.reason](host)}${coded(error)}.`,
      happened,
      // What may have happened is not to be repeated to find out more, but `doctor` changes nothing.
      next:
        error.outcome === "NotApplied" || error.operation === "findRecoveryCodes" || error.reason === "Other"
          ? isRetired
            ? retired
            : checkUrl
          : undefined
    }),
    CallRejected: (error) => ({
      what: `The call was not sent: ${rejected[error.reason]}.`,
      happened,
      next: later(error.retryAfter)
    })
  })
}

/** The system's word for what went wrong, where there is one: what is looked for when nothing else helps. */
const coded = (error: OtpsError) => ("code" in error && error.code !== undefined ? ` (${error.code})` : "")

/** Whether somebody else than the API may have answered, as a captive portal does. */
const isForeign = ({ outcome }: { readonly outcome: Outcome }) => outcome === "Unknown"

const unreadable = (error: { readonly outcome: Outcome; readonly status: number }, host: string) =>
  isForeign(error)
    ? `${host} answered with status ${error.status}, but not as the API does`
    : `${host} said that it succeeded (status ${error.status}), but its reply can't be read`

const transport = {
  ConnectionRefused: (host: string) => `Nothing listens at ${host}`,
  NameNotResolved: (host: string) => `The name ${host} has no address`,
  TlsRefused: (host: string) => `No trusted TLS connection to ${host} could be made`,
  ProxyRefused: (host: string) => `The proxy did not connect to ${host}`,
  ConnectionLost: (host: string) => `The connection to ${host} was lost before the reply was complete`,
  TimedOut: (host: string) => `${host} did not reply in time`,
  Other: (host: string) => `The request to ${host} failed`
}

/** Tells of a call that the person stopped while it was under way. */
export const ofInterruption = (operation: Operation): Report => ({
  what: "Stopped before the reply came.",
  happened: consequence(operation, "Unknown")
})
