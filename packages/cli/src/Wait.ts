/**
 * What `metal-otp emulator wait` runs: asks an emulator for its health until it
 * answers.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { NotReady, Unusable } from "./Failure.ts"
import { printable } from "./Printable.ts"
import * as Program from "./Program.ts"
import * as Spinner from "./Spinner.ts"
import * as Transport from "./Transport.ts"

const between = Duration.millis(100)

/** Longer than a server that is there takes, so that one that hangs is asked again. */
const patience = Duration.seconds(2)

const notAnUrl = new Unusable({
  report: {
    what: "The address of the emulator can't be used: it is not an http: or https: URL without credentials.",
    happened: "Nothing was sent.",
    next: `Give it as the emulator shows it: ${Program.name} emulator wait http://127.0.0.1:8080`
  }
})

/** What the APIs are mounted at. */
const mounted = /(?:\/metal\/v1|\/_emulator\/v1)?\/*$/

/** Where the emulator is, whichever of its APIs the URL names. */
const baseOf = (text: string): Result.Result<URL, Unusable> => {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return Result.fail(notAnUrl)
  }
  return Result.succeed(new URL(url.origin + url.pathname.replace(mounted, "")))
}

/** The system's word for it, however deep it stands. */
const codeOf = (error: unknown): Option.Option<string> => {
  if (Predicate.hasProperty(error, "code") && Predicate.isString(error.code)) return Option.some(printable(error.code))
  return Predicate.hasProperty(error, "cause") ? codeOf(error.cause) : Option.none()
}

const problemOf = (error: HttpClientError) => {
  const code = codeOf(error.reason)
  return `no connection${Option.isSome(code) ? ` (${code.value})` : ""}`
}

/** Asks once: nothing when it is ready, or else what is wrong. */
const ask = (http: HttpClient.HttpClient, url: URL) =>
  http.get(url).pipe(
    Effect.map(({ status }) =>
      status === 200 ? Option.none() : Option.some(`it answers ${url.pathname} with status ${status}`)
    ),
    Effect.catch((error) => Effect.succeed(Option.some(problemOf(error)))),
    Effect.scoped,
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(noAnswer) })
  )

const noAnswer = Option.some("no answer")

/**
 * Waits until an emulator is ready. Fails with `Unusable` when the address is
 * none, with `BadSetting` when the proxy's variable can't be used, and with
 * `NotReady` when the time is over.
 *
 * @param address of the emulator, of its API or of its control API
 * @param timeout how long in all
 */
export const wait = Effect.fnUntraced(function* (address: string, timeout: Duration.Duration) {
  const base = yield* Effect.fromResult(baseOf(address))
  const url = new URL(`${base.pathname.replace(/\/$/, "")}/health`, base)
  const way = yield* Transport.wayTo(url.href)
  const http = yield* Transport.make(way, Transport.connectTimeout(patience))
  let problem = Option.getOrThrow(noAnswer)
  const isReady = Effect.map(ask(http, url), (found) => {
    problem = Option.getOrElse(found, () => problem)
    return Option.isNone(found)
  })
  const notReady = Effect.suspend(() =>
    Effect.fail(
      new NotReady({
        report: {
          what: `The emulator at ${url.host} is not ready after ${Duration.format(timeout)}: ${problem}.`,
          next: `Is it started there? ${Program.name} emulator --port ${url.port === "" ? "PORT" : url.port}`
        }
      })
    )
  )
  yield* isReady.pipe(
    Effect.repeat({ until: (ready) => ready, schedule: Schedule.spaced(between) }),
    Effect.timeoutOrElse({ duration: timeout, orElse: () => notReady }),
    Spinner.around(`Waiting for ${url.host}`)
  )
  return base
}, Effect.scoped)
