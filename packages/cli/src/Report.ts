/**
 * Failures in sentences for the user: what went wrong, whether the effect may have happened, and what to do next.
 */
import { consequences } from "@metal-otp/core/Consequence"
import { isWrongOtp, malformed, otpProblem, otpSeedProblem, rejected } from "@metal-otp/core/Failure"
import { defaultBaseUrl, endpoints } from "@metal-otp/schema/Endpoint"
import * as ErrorBody from "@metal-otp/schema/ErrorBody"
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError, TransportFailure } from "@metal-otp/schema/OtpsError"
import type { Outcome } from "@metal-otp/schema/Outcome"
import * as Duration from "effect/Duration"
import * as Match from "effect/Match"
import { printable } from "./Printable.ts"
import { programName } from "./ProgramName.ts"

export interface Report {
  /** What went wrong. */
  readonly problem: string
  /** Whether the effect may have happened at the server. Left out when there was no effect to happen. */
  readonly happened?: string | undefined
  /** What the user can do. */
  readonly next?: string | undefined
}

/** Renders a report with each part on its own line. */
export const render = ({ happened, next, problem }: Report): string =>
  [problem, happened, next].filter((line) => line !== undefined && line !== "").join("\n  ")

const seeStatus = `See whether it is on with: ${programName} 2fa status`

const nextSteps: Readonly<Partial<Record<Operation, Readonly<Partial<Record<Outcome, string>>>>>> = {
  regenerateCodes: {
    Applied: `Don't run this again. See the new ones with: ${programName} recovery-codes list`,
    Unknown: `Don't run this again. See which codes work now with: ${programName} recovery-codes list`
  },
  findEnsureOtp: { Unknown: `If it does not work again, get a new one with: ${programName} sms send` },
  seedApp: {
    Applied: `An app with an earlier seed may no longer work. Get another seed with: ${programName} app seed`,
    Unknown: `An app with an earlier seed may no longer work. Get another seed with: ${programName} app seed`
  },
  enableTfaApp: { Unknown: seeStatus },
  disableTfaApp: { Unknown: seeStatus },
  enableTfaSms: { Unknown: seeStatus },
  disableTfaSms: { Unknown: seeStatus }
}

const capitalized = (clause: string) => `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`

/**
 * Says what an outcome means, and what to do next: with a command of this program if there is one, or else in the words of core.
 *
 * @param operation the operation that was called
 * @param outcome the outcome of its failure
 */
export const consequence = (operation: Operation, outcome: Outcome): string => {
  const [happened, nextByCore] = consequences[operation][outcome]
  const isUncertain = outcome === "Unknown" && endpoints[operation].kind === "Effect"
  const next = nextSteps[operation]?.[outcome] ?? (nextByCore && capitalized(nextByCore))
  return `${happened}${isUncertain ? ": this program can't tell" : ""}.${next === undefined ? "" : `\n  ${next}`}`
}

/** What the user wanted, after "The API refused". */
const intents: Record<Operation, string> = {
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

const retiredAdvice = `Equinix switched Metal off on 30 June 2026: give --api-url (or METAL_API_URL), or start an emulator with: ${programName} emulator`

const saying = (body: ErrorBody.ErrorBody) => {
  const messages = ErrorBody.messages(body)
  return messages.length === 0 ? "" : `, saying: ${messages.map(printable).join("; ")}`
}

const retryAdvice = (delay: Duration.Duration | undefined) =>
  delay === undefined
    ? "Wait a while, then run the command again."
    : `Run the command again in ${Math.ceil(Duration.toSeconds(delay))} seconds.`

const hostOf = (baseUrl: string) => URL.parse(baseUrl)?.host ?? "the API"

const tokenAdvice = `See where the token comes from with: ${programName} doctor`

const otpAdvice = "If the OTP is wrong, expired, or used already, take the next one."

const urlAdvice = `Check --api-url or METAL_API_URL, and run: ${programName} doctor`

const proxyAdvice = `Check HTTPS_PROXY or HTTP_PROXY, and run: ${programName} doctor`

/**
 * Reports a failed call.
 *
 * @param error the failure of the client
 * @param baseUrl the base URL that the call went to
 * @param proxy the host of the proxy that it went through
 */
export const ofCall = (error: OtpsError, baseUrl: string, proxy?: string): Report => {
  const host = hostOf(baseUrl)
  const isRetired = host === hostOf(defaultBaseUrl)
  const peer = proxy === undefined ? host : `the proxy ${proxy}`
  const connectionAdvice = (reason: TransportFailure["reason"]) => {
    if (proxy !== undefined && (reason === "ConnectionRefused" || reason === "NameNotResolved")) return proxyAdvice
    return isRetired ? retiredAdvice : urlAdvice
  }
  const happened = error._tag === "InvalidOtp" ? "Nothing was sent." : consequence(error.operation, error.outcome)
  return Match.valueTags(error, {
    InvalidOtp: (error) => ({
      problem: `That can't be an OTP or a recovery code: ${otpProblem(error)}.`,
      happened
    }),
    BadRequest: (error) =>
      isWrongOtp(error)
        ? {
            problem: `The API refused the OTP${saying(error)}. It is wrong, expired, or used already.`,
            happened,
            next: `Get a new one with ${programName} sms send, or use a recovery code. Wrong attempts may be counted.`
          }
        : { problem: `The API refused ${intents[error.operation]}, with status 400${saying(error)}.`, happened },
    // The API answers 401 for a wrong token, and for a wrong OTP in a header.
    Unauthorized: (error) =>
      isWrongOtp(error)
        ? {
            problem: `The API does not accept the token or the OTP (status 401${saying(error)}).`,
            happened,
            next: `${otpAdvice}\n  ${tokenAdvice}`
          }
        : {
            problem: `The API does not accept the token (status 401${saying(error)}).`,
            happened,
            next: tokenAdvice
          },
    FailedDependency: (error) => ({
      problem: `The API refused ${intents[error.operation]}, with status 424${saying(error)}.`,
      happened,
      next: otpAdvice
    }),
    InvalidOtpSeed: ({ reason }) => ({ problem: `The API's seed can't be used: ${otpSeedProblem[reason]}.`, happened }),
    NotFound: (error) => ({
      problem:
        endpoints[error.operation].group === "OTPs"
          ? `There are no recovery codes for this user (status 404${saying(error)}).`
          : `There is nothing to turn off for this user (status 404${saying(error)}).`,
      happened,
      next: `Is two-factor authentication on for the account? If it is, the URL may be wrong. ${urlAdvice}`
    }),
    UnprocessableEntity: (error) => ({
      problem: `The API can't do this for this user (status 422${saying(error)}).`,
      happened,
      next: error.operation === "receiveCodes" ? "Is a phone number known for the account?" : undefined
    }),
    InternalServerError: (error) => ({
      problem: `The API had an internal error (status 500${saying(error)}).`,
      happened
    }),
    RateLimited: (error) => ({
      problem: `The API asks to slow down (status 429${saying(error)}).`,
      happened,
      next: retryAdvice(error.retryAfter)
    }),
    UnexpectedStatus: (error) => ({
      problem:
        error.status >= 300 && error.status < 400
          ? `${host} answered with a redirect (status ${error.status}), which is never followed.`
          : `${host} answered with status ${error.status}, which the API does not document here${saying(error)}.`,
      happened,
      next: isRetired ? retiredAdvice : urlAdvice
    }),
    MalformedResponse: (error) => ({
      problem: `${unreadable(error, host)}: it ${malformed[error.reason]}${inParentheses(error)}.`,
      happened,
      next: error.operation === "findRecoveryCodes" || isForeign(error) ? urlAdvice : undefined
    }),
    TransportFailure: (error) => ({
      problem: `${transport[error.reason]({ host, peer })}${inParentheses(error)}.`,
      happened,
      // When an effect may have happened, `happened` already has the advice. `Other` gets more, since its cause is not known.
      next:
        error.outcome === "NotApplied" || error.operation === "findRecoveryCodes" || error.reason === "Other"
          ? connectionAdvice(error.reason)
          : undefined
    }),
    CallRejected: (error) => ({
      problem: `The call was not sent: ${rejected[error.reason]}.`,
      happened,
      next: retryAdvice(error.retryAfter)
    })
  })
}

/** The system's error code in parentheses, if there is one. The user can search for it. */
const inParentheses = (error: OtpsError) => ("code" in error && error.code !== undefined ? ` (${error.code})` : "")

/** Whether the reply may come from another server than the API, such as a captive portal. */
const isForeign = ({ outcome }: { readonly outcome: Outcome }) => outcome === "Unknown"

const unreadable = (error: { readonly outcome: Outcome; readonly status: number }, host: string) =>
  isForeign(error)
    ? `${host} answered with status ${error.status}, but not as the API does`
    : `${host} said that it succeeded (status ${error.status}), but its reply can't be read`

interface Route {
  /** The host of the API. */
  readonly host: string
  /** What this machine connects to: the proxy, if there is one, or else the host. */
  readonly peer: string
}

const transport = {
  ConnectionRefused: ({ peer }: Route) => `Nothing listens at ${peer}`,
  NameNotResolved: ({ peer }: Route) => `No address is known for ${peer}`,
  TlsRefused: ({ host }: Route) => `No trusted TLS connection to ${host} could be made`,
  ProxyRefused: ({ host }: Route) => `The proxy did not connect to ${host}`,
  ConnectionLost: ({ host }: Route) => `The connection to ${host} was lost before the reply was complete`,
  TimedOut: ({ host }: Route) => `${host} did not reply in time`,
  Other: ({ host }: Route) => `The request to ${host} failed`
}

/** Reports a call that the user stopped before its reply came. */
export const ofInterruption = (operation: Operation): Report => ({
  problem: "Stopped before the reply came.",
  happened: consequence(operation, "Unknown")
})
