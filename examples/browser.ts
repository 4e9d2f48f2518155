/// <reference lib="dom" />
/**
 * A form that verifies an OTP, with a button that requests an SMS. Bundle it, for example with esbuild or Vite. The API
 * must allow the page's origin (CORS), and every script of the page can read the OTP: see docs/guides/browsers.md.
 */
import { AuthToken, Otp, OtpsClients } from "@metal-otp/client"
import { Effect, Layer, ManagedRuntime } from "effect"
import { FetchHttpClient } from "effect/http"

/** Makes the client of the user who is signed in. */
const makeClient = Effect.fn("makeClient")(function* (sessionToken: string) {
  const clients = yield* OtpsClients.OtpsClients
  return clients.forUser(yield* AuthToken.make(sessionToken))
})

/** Requests an SMS. Returns the text for the user. */
const sendSms = Effect.fn("sendSms")(
  function* (sessionToken: string) {
    const client = yield* makeClient(sessionToken)
    yield* client.receiveCodes()
    return "An SMS is on its way."
  },
  Effect.catch((failure) =>
    Effect.succeed(failure.outcome === "NotApplied" ? "No SMS was sent. Try again." : "Wait for the SMS.")
  )
)

/** Verifies an OTP. Returns the text for the user. */
const verify = Effect.fn("verify")(
  function* (sessionToken: string, typed: string) {
    const otp = yield* Otp.make(typed)
    const client = yield* makeClient(sessionToken)
    yield* client.findEnsureOtp(otp)
    return "Welcome."
  },
  Effect.catchTags({
    InvalidOtp: () => Effect.succeed("That is not a code."),
    BadRequest: () => Effect.succeed("That code is wrong, expired or used."),
    RateLimited: () => Effect.succeed("Too many wrong codes. Wait a while.")
  }),
  Effect.catch((failure) => Effect.succeed(failure.outcome === "NotApplied" ? "Try again." : "Ask for another code."))
)

/**
 * Connects a form to the API.
 *
 * @param form a form with a field named `otp`, a submit button named `sms` and an `output` element
 * @param baseUrl the base URL of the API
 * @param sessionToken the token of the user who is signed in
 */
export const wire = (form: HTMLFormElement, baseUrl: string, sessionToken: string): void => {
  const runtime = ManagedRuntime.make(OtpsClients.layer({ baseUrl }).pipe(Layer.provide(FetchHttpClient.layer)))
  const output = form.querySelector("output")
  const show = (text: string) => {
    if (output !== null) output.value = text
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const isSms = event.submitter?.getAttribute("name") === "sms"
    const typed = new FormData(form).get("otp")
    void runtime
      .runPromise(isSms ? sendSms(sessionToken) : verify(sessionToken, typeof typed === "string" ? typed : ""))
      .then(show, () => show("Something is wrong with this page."))
  })
}
