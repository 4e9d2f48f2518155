/// <reference lib="dom" />
/**
 * A form in a page that has an OTP verified, and its button that asks for an SMS. To be bundled, as by esbuild or Vite.
 * The API has to allow the page's origin, and every script of the page can see the OTP: see docs/guides/browsers.md.
 */
import { AuthToken, Otp, OtpsClients } from "@metal-otp/client"
import { Effect, Layer, ManagedRuntime } from "effect"
import { FetchHttpClient } from "effect/http"

/** The client of who has signed in to the page. */
const clientOf = Effect.fn(function* (sessionToken: string) {
  const clients = yield* OtpsClients.OtpsClients
  return clients.forUser(yield* AuthToken.make(sessionToken))
})

const sendSms = (sessionToken: string) =>
  clientOf(sessionToken).pipe(
    Effect.flatMap((client) => client.receiveCodes()),
    Effect.as("An SMS is on its way."),
    Effect.catch((failure) =>
      Effect.succeed(failure.outcome === "NotApplied" ? "No SMS was sent. Try again." : "Wait for the SMS.")
    )
  )

const verify = Effect.fn(
  function* (sessionToken: string, typed: string) {
    const otp = yield* Otp.make(typed)
    const client = yield* clientOf(sessionToken)
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
 * Wires a form with a field `otp`, a button of the name `sms` and an `output`.
 *
 * @param form the form
 * @param baseUrl where the API is
 * @param sessionToken the token of who has signed in
 */
export const wire = (form: HTMLFormElement, baseUrl: string, sessionToken: string): void => {
  const runtime = ManagedRuntime.make(OtpsClients.layer({ baseUrl }).pipe(Layer.provide(FetchHttpClient.layer)))
  const output = form.querySelector("output")
  const say = (text: string) => {
    if (output !== null) output.value = text
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const isSms = event.submitter?.getAttribute("name") === "sms"
    const typed = new FormData(form).get("otp")
    void runtime
      .runPromise(isSms ? sendSms(sessionToken) : verify(sessionToken, typeof typed === "string" ? typed : ""))
      .then(say, () => say("Something is wrong with this page."))
  })
}
