/**
 * Waits for an emulator, for `metal-otp emulator wait`: sends health requests until one succeeds.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { NotReady, Unusable } from "./Failure.ts"
import { programName } from "./ProgramName.ts"
import * as Spinner from "./Spinner.ts"
import * as SystemError from "./SystemError.ts"
import * as Transport from "./Transport.ts"

const pollInterval = Duration.millis(100)

/** A request that takes longer is sent again: a running server answers sooner. */
const requestTimeout = Duration.seconds(2)

const notAnUrl = new Unusable({
  report: {
    problem: "The address of the emulator can't be used: it is not an http: or https: URL without credentials.",
    happened: "Nothing was sent.",
    next: `Give it as the emulator shows it: ${programName} emulator wait http://127.0.0.1:8080`
  }
})

/** The path of either API at the end of a URL. */
const apiPath = /(?:\/metal\/v1|\/_emulator\/v1)?\/*$/

/** Returns the emulator's own URL for the URL of the emulator, of its API or of its control API. */
const emulatorUrl = (text: string): Result.Result<URL, Unusable> => {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return Result.fail(notAnUrl)
  }
  return Result.succeed(new URL(url.origin + url.pathname.replace(apiPath, "")))
}

const connectionProblem = ({ reason }: HttpClientError) => {
  const code = SystemError.codeOf(reason)
  return `no connection${Option.isSome(code) ? ` (${code.value})` : ""}`
}

const noAnswer = "no answer"

/** Sends one health request. Returns the problem, or `None` when the emulator is ready. */
const checkHealth = (http: HttpClient.HttpClient, url: URL): Effect.Effect<Option.Option<string>> =>
  http.get(url).pipe(
    Effect.map(({ status }) =>
      status === 200 ? Option.none() : Option.some(`it answers ${url.pathname} with status ${status}`)
    ),
    Effect.catch((error) => Effect.succeedSome(connectionProblem(error))),
    Effect.scoped,
    Effect.timeoutOrElse({ duration: requestTimeout, orElse: () => Effect.succeedSome(noAnswer) })
  )

/**
 * Waits until an emulator is ready, and returns its URL. Fails with `Unusable` when the address is not an http URL, with
 * `BadSetting` when the proxy's variable can't be used, and with `NotReady` after the timeout.
 *
 * @param address the URL of the emulator, of its API or of its control API
 * @param timeout how long to wait in all
 */
export const wait = Effect.fnUntraced(function* (address: string, timeout: Duration.Duration) {
  const base = yield* Effect.fromResult(emulatorUrl(address))
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/health`, base)
  const route = yield* Transport.routeTo(url.href)
  const http = yield* Transport.make(route, Transport.connectTimeout(requestTimeout))
  let lastProblem = noAnswer
  const isReady = Effect.map(checkHealth(http, url), (problem) => {
    lastProblem = Option.getOrElse(problem, () => lastProblem)
    return Option.isNone(problem)
  })
  const notReady = Effect.suspend(() =>
    Effect.fail(
      new NotReady({
        report: {
          problem: `The emulator at ${url.host} is not ready after ${Duration.format(timeout)}: ${lastProblem}.`,
          next: `If it is not running, start it with: ${programName} emulator --port ${url.port === "" ? "PORT" : url.port}`
        }
      })
    )
  )
  yield* isReady.pipe(
    Effect.repeat({ until: (ready) => ready, schedule: Schedule.spaced(pollInterval) }),
    Effect.timeoutOrElse({ duration: timeout, orElse: () => notReady }),
    Spinner.around(`Waiting for ${url.host}`)
  )
  return base
}, Effect.scoped)
