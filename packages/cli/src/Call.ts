/**
 * Calls the API for a command: with the user's settings, a spinner, and a report when the user stops the call.
 */
import * as OtpsClients from "@metal-otp/client/OtpsClients"
import * as RetryBudget from "@metal-otp/client/RetryBudget"
import * as RetryPolicy from "@metal-otp/client/RetryPolicy"
import * as Endpoint from "@metal-otp/schema/Endpoint"
import type { Operation } from "@metal-otp/schema/Operation"
import type { OtpsError } from "@metal-otp/schema/OtpsError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { CallFailed } from "./Failure.ts"
import * as Messages from "./Messages.ts"
import * as Report from "./Report.ts"
import type { Settings } from "./Settings.ts"
import * as Spinner from "./Spinner.ts"
import * as Transport from "./Transport.ts"

const warnOfTokenFlag = (source: string) =>
  source === "--token"
    ? Messages.warning(
        "Other users can see the token in the process list, and the shell may keep it in its history.\n" +
          "  Use METAL_AUTH_TOKEN or --token-file instead of --token."
      )
    : Effect.void

/** The `Retry-After` of a failure, or zero. */
const retryAfterOf = (failure: OtpsError) =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? failure.retryAfter : Duration.zero

/**
 * Stops the retries while there is still time for one connection. A try that the deadline ends while it connects looks the same
 * as one whose request was sent.
 */
const whileTimeToConnect = (schedule: RetryPolicy.RetrySchedule, deadline: number, connectTimeout: Duration.Duration) =>
  schedule.pipe(
    Schedule.while(({ duration, input, now }) => {
      const delay = Duration.max(duration, retryAfterOf(input))
      return now + Duration.toMillis(Duration.sum(delay, connectTimeout)) <= deadline
    })
  )

/**
 * Reads the settings of a call. A command does this first, so that a wrong setting fails before anything else happens.
 *
 * @param settings the settings of the command
 */
export const readSettings = Effect.fnUntraced(function* (settings: Settings) {
  const { value: apiUrl } = yield* settings.apiUrl
  const { value: timeout } = yield* settings.timeout
  const { value: retries } = yield* settings.retries
  const token = yield* settings.token
  yield* warnOfTokenFlag(token.source)
  const route = yield* Transport.routeTo(apiUrl)
  return { apiUrl, timeout, retries, token: token.value, route, allowInsecureHttp: settings.allowInsecureHttp }
})

export type CallSettings = Effect.Success<ReturnType<typeof readSettings>>

/**
 * Returns a function that calls an operation.
 *
 * @param settings the settings from `readSettings`
 * @param operation the operation
 */
export const make = Effect.fnUntraced(function* (
  { allowInsecureHttp, apiUrl, retries, route, timeout, token }: CallSettings,
  operation: Operation
) {
  const isRead = Endpoint.endpoints[operation].kind === "Read"
  // After a read that hangs, there is time for another. An effect that hangs is never repeated, so it gets the whole time.
  const attemptTimeout = isRead && retries > 0 ? Duration.times(timeout, 0.5) : timeout
  const connectTimeout = Transport.connectTimeout(attemptTimeout)
  const http = yield* Transport.make(route, connectTimeout)
  const proxy = Option.getOrUndefined(route.proxy)?.host

  const clients = yield* OtpsClients.make({
    baseUrl: apiUrl,
    allowInsecureHttp,
    timeout,
    retryBudget: RetryBudget.unlimited
  }).pipe(
    Effect.provideService(HttpClient.HttpClient, http),
    // `readSettings` has checked them all.
    Effect.orDie
  )
  const client = clients.forUser(token)

  const policy = Effect.map(Clock.currentTimeMillis, (now) => {
    const schedule = RetryPolicy.fullJitter().pipe(Schedule.upTo({ times: retries }))
    const deadline = now + Duration.toMillis(timeout)
    return {
      ...RetryPolicy.fromSchedule(isRead ? schedule : whileTimeToConnect(schedule, deadline, connectTimeout)),
      attemptTimeout
    }
  })

  return <A, E extends OtpsError>(label: string, call: (client: OtpsClients.UserClient) => Effect.Effect<A, E>) =>
    call(client).pipe(
      Effect.provideServiceEffect(RetryPolicy.CurrentRetryPolicy, policy),
      Spinner.around(label),
      Effect.onInterrupt(() =>
        isRead ? Effect.void : Messages.error(Report.render(Report.ofInterruption(operation)))
      ),
      Effect.mapError((error) => new CallFailed({ error, baseUrl: apiUrl, proxy }))
    )
})

/**
 * Reads the settings, and returns a function that calls an operation. For a command that calls one operation only.
 *
 * @param settings the settings of the command
 * @param operation the operation
 */
export const prepare = (settings: Settings, operation: Operation) =>
  Effect.flatMap(readSettings(settings), (callSettings) => make(callSettings, operation))
