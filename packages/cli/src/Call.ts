/**
 * One call of the API, as every command makes it: with the settings of the
 * person, a spinner, and a word on what may have happened when it is stopped.
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
import * as Schedule from "effect/Schedule"
import { CallFailed } from "./Failure.ts"
import * as Report from "./Report.ts"
import * as Screen from "./Screen.ts"
import type { Settings } from "./Settings.ts"
import * as Spinner from "./Spinner.ts"
import * as Transport from "./Transport.ts"

const warnOfFlag = (source: string) =>
  source === "--token"
    ? Screen.warning(
        "a token given as --token is visible in the process list and in the shell's history.\n" +
          "  Use METAL_AUTH_TOKEN or --token-file instead."
      )
    : Effect.void

/** The delay that a failure asks for before the next try, if it says so. */
const askedFor = (failure: OtpsError) =>
  "retryAfter" in failure && failure.retryAfter !== undefined ? failure.retryAfter : Duration.zero

/**
 * Retries that end in time to connect once more. A try that the deadline cuts off while it connects can't be told from
 * one that was sent.
 */
const untilTooLate = (schedule: RetryPolicy.RetrySchedule, deadline: number, connectTimeout: Duration.Duration) =>
  schedule.pipe(
    Schedule.while(({ duration, input, now }) => {
      const delay = Duration.max(duration, askedFor(input))
      return now + Duration.toMillis(Duration.sum(delay, connectTimeout)) <= deadline
    })
  )

/**
 * Reads the settings of calls, so that what is wrong with them is told before
 * anything else happens.
 *
 * @param settings the person's
 */
export const check = Effect.fnUntraced(function* (settings: Settings) {
  const { value: apiUrl } = yield* settings.apiUrl
  const { value: timeout } = yield* settings.timeout
  const { value: retries } = yield* settings.retries
  const token = yield* settings.token
  yield* warnOfFlag(token.source)
  const way = yield* Transport.wayTo(apiUrl)
  return { apiUrl, timeout, retries, token: token.value, way, allowInsecureHttp: settings.allowInsecureHttp }
})

/**
 * Makes what calls an operation.
 *
 * @param checked what `check` has read
 * @param operation which one
 */
export const make = Effect.fnUntraced(function* (
  { allowInsecureHttp, apiUrl, retries, timeout, token, way }: Effect.Success<ReturnType<typeof check>>,
  operation: Operation
) {
  const isRead = Endpoint.endpoints[operation].kind === "Read"
  // A read that hangs leaves time for another. An effect that was cut off is never repeated, so it gets all the time.
  const attemptTimeout = isRead && retries > 0 ? Duration.times(timeout, 0.5) : timeout
  const connectTimeout = Transport.connectTimeout(attemptTimeout)
  const http = yield* Transport.make(way, connectTimeout)

  const clients = yield* OtpsClients.make({
    baseUrl: apiUrl,
    allowInsecureHttp,
    timeout,
    retryBudget: RetryBudget.unlimited
  }).pipe(
    Effect.provideService(HttpClient.HttpClient, http),
    // All of them have been checked by now.
    Effect.orDie
  )
  const client = clients.forUser(token)

  const policy = Effect.map(Clock.currentTimeMillis, (now) => {
    const schedule = RetryPolicy.fullJitter().pipe(Schedule.upTo({ times: retries }))
    const deadline = now + Duration.toMillis(timeout)
    return {
      ...RetryPolicy.fromSchedule(isRead ? schedule : untilTooLate(schedule, deadline, connectTimeout)),
      attemptTimeout
    }
  })

  /** Makes the call. */
  return <A, E extends OtpsError>(label: string, call: (client: OtpsClients.UserClient) => Effect.Effect<A, E>) =>
    call(client).pipe(
      Effect.provideServiceEffect(RetryPolicy.CurrentRetryPolicy, policy),
      Spinner.around(label),
      Effect.onInterrupt(() => (isRead ? Effect.void : Screen.error(Report.render(Report.ofInterruption(operation))))),
      Effect.mapError((error) => new CallFailed({ error, target: { baseUrl: apiUrl } }))
    )
})

/**
 * `check` and `make`, for a command that calls one operation.
 *
 * @param settings the person's
 * @param operation which one
 */
export const prepare = (settings: Settings, operation: Operation) =>
  Effect.flatMap(check(settings), (checked) => make(checked, operation))
