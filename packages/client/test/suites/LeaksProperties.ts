/** Random secrets, and random replies and errors that contain them: no call shows a secret. */
import { assert, describe, it } from "@effect/vitest"
import { AuthToken, Otp, RecoveryCodeList } from "@metal-otp/schema"
import { Arbitrary, Effect, Exit, Redacted, Schema } from "effect"
import { HttpClientError } from "effect/http"
import { TestClock } from "effect/testing"
import { searchFor } from "../support/Canaries.ts"
import { callsWith, hasBody, operations, sendsOtp } from "../support/operations.ts"
import { echoOf, pick, secret, type Secret } from "../support/Secrets.ts"
import { assertNoSecrets, observeBriefly } from "../support/Sinks.ts"
import { type Answer, clientOf, respond } from "../support/Worst.ts"

const optional = <A>(arbitrary: Arbitrary.Arbitrary<A>, otherwise: A) =>
  Arbitrary.flatMap(pick("some", "none"), (which) => (which === "some" ? arbitrary : Arbitrary.Constant(otherwise)))

const call = Arbitrary.all({ operation: pick(...operations), token: secret, otp: secret })

type Call = typeof call extends Arbitrary.Arbitrary<infer A> ? A : never

/** Makes and observes a call with random secrets. */
const observeCall = Effect.fnUntraced(function* ({ operation, otp, token }: Call, answer: Answer) {
  const client = yield* clientOf(answer, { authToken: Redacted.make(token.value) })
  return yield* observeBriefly(callsWith(Otp.make(otp.value))[operation](client), TestClock.adjust("1 minute"))
})

/** The secrets that a call sends, so that a server can echo them. */
const sentSecrets = ({ operation, otp, token }: Call) => (sendsOtp(operation) ? [token, otp] : [token])

const searchForSecrets = (secrets: ReadonlyArray<Secret>) =>
  searchFor(Object.fromEntries(secrets.map(({ core, value }) => [value, core])))

const texts = (call: Call) =>
  Arbitrary.array(
    Arbitrary.flatMap(pick("token", "otp"), (which) => echoOf(sendsOtp(call.operation) ? call[which] : call.token)),
    { minLength: 1, maxLength: 4 }
  )

const shapes: Readonly<Record<string, (texts: ReadonlyArray<string>, other: Schema.Json) => string>> = {
  error: (texts, other) => JSON.stringify({ error: texts.join(" "), other }),
  errors: (texts, other) => JSON.stringify({ other, errors: texts }),
  both: ([error, ...errors]) => JSON.stringify({ error, errors }),
  nested: (texts, other) => JSON.stringify({ error: { texts, other }, errors: [texts] }),
  keys: (texts, other) => JSON.stringify(Object.fromEntries(texts.map((text) => [text, other]))),
  list: (texts) => JSON.stringify({ recovery_codes: texts }),
  "wrong list": (texts) => JSON.stringify({ recovery_codes: { texts } }),
  string: (texts) => JSON.stringify(texts.join(" ")),
  "no JSON": (texts) => texts.join(" "),
  "cut off": (texts) => JSON.stringify({ error: texts.join(" "), recovery_codes: texts }).slice(0, -2)
}

const statuses = Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))

const reply = Arbitrary.flatMap(call, (call) =>
  Arbitrary.all({
    call: Arbitrary.Constant(call),
    texts: texts(call),
    other: Arbitrary.schema(Schema.Json),
    shape: pick(...Object.keys(shapes)),
    status: optional(Arbitrary.schema(statuses), 400),
    contentType: pick("application/json", "application/json", "application/problem+json", "text/html", "secret"),
    header: pick("x-echo", "retry-after", "location", "set-cookie", "content-encoding", "link")
  })
)

/** A transport's error: of any class, with any code and any causes. */
const transportErrors = (call: Call) => {
  const { core, value } = call.token
  const layer = Arbitrary.all({
    text: echoOf(sendsOtp(call.operation) ? call.otp : call.token),
    code: pick(
      "ECONNRESET",
      "ECONNREFUSED",
      `ERR_SSL_${core}`,
      `CERT_${core}`,
      `ZSTD_${core}`,
      `Z_${core}`,
      core,
      value
    ),
    kind: pick("Error", "TypeError", "AggregateError", "object", "string")
  })
  return Arbitrary.map(Arbitrary.array(layer, { minLength: 1, maxLength: 4 }), (layers) =>
    layers.reduce((cause: unknown, { code, kind, text }): unknown => {
      if (kind === "string") return text
      if (kind === "object") return { [text]: text, code, cause, message: text }
      const error = kind === "AggregateError" ? new AggregateError([cause], text) : new Error(text, { cause })
      return Object.assign(error, { code, path: text, name: kind === "TypeError" ? kind : text })
    }, undefined)
  )
}

const failing: Readonly<Record<string, (error: unknown) => Answer>> = {
  fails: (cause) => (request) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request, cause, description: String(cause) })
      })
    ),
  dies: (error) => () => Effect.die(error),
  throws: (error) => () => {
    throw error
  },
  "breaks in the body": (error) =>
    respond(200, () => new ReadableStream({ start: (controller) => controller.error(error) }))
}

const breakdown = Arbitrary.flatMap(call, (call) =>
  Arbitrary.all({ call: Arbitrary.Constant(call), error: transportErrors(call), how: pick(...Object.keys(failing)) })
)

const codes = Arbitrary.array(secret, { minLength: 1, maxLength: 10 })

/** What makes a valid secret invalid. */
const unfit = pick("\n", "\u0000", "é", " ", "x".repeat(64))

const at = (baseUrl: string) => clientOf(respond(204, null), { baseUrl })

const attempts: Readonly<Record<string, (value: string, unfit: string) => Effect.Effect<unknown, unknown>>> = {
  "a token": (value, unfit) => AuthToken.make(`${value}\n${unfit}`),
  "a client's token": (value, unfit) => clientOf(respond(204, null), { authToken: Redacted.make(` ${value}${unfit}`) }),
  "an OTP": (value, unfit) =>
    Effect.flatMap(at("https://host"), (client) =>
      Effect.flatMap(Otp.make(`${value}\u0000${unfit}`), (otp) => client.findEnsureOtp(otp))
    ),
  "a base URL's user": (value) => at(`https://${encodeURIComponent(value)}@host`),
  "a base URL's password": (value, unfit) => at(`https://u:${encodeURIComponent(value + unfit)}@host`),
  "a base URL's query": (value) => at(`https://host/?${value}`),
  "a base URL's fragment": (value) => at(`https://host/#${value}`),
  "no URL at all": (value, unfit) => at(value + unfit)
}

/** Tests each property with that many random values. */
export const nothingLeaks = (times: number) =>
  describe("leaks of random secrets", () => {
    const runs = { arbitrary: { runs: times }, timeout: 120_000 }

    it.effect.prop(
      "no reply makes a call show a secret",
      [reply],
      ([{ call, contentType, header, other, shape, status, texts }]) =>
        Effect.gen(function* () {
          const body = [204, 205, 304].includes(status) ? null : (shapes[shape]?.(texts, other) ?? "")
          const headers = {
            "content-type": contentType === "secret" ? `text/${call.token.core}` : contentType,
            [header]: call.token.value
          }
          const { sinks } = yield* observeCall(call, respond(status, body, headers))
          assertNoSecrets(sinks, `${status} ${body}`, searchForSecrets(sentSecrets(call)))
        }),
      runs
    )

    it.effect.prop(
      "no error of a transport makes a call show a secret",
      [breakdown],
      ([{ call, error, how }]) =>
        Effect.gen(function* () {
          const { exit, sinks } = yield* observeCall(call, failing[how]?.(error) ?? respond(500, null))
          // An operation that needs no body succeeds even if the body breaks.
          if (how !== "breaks in the body" || hasBody(call.operation)) assert.isTrue(Exit.isFailure(exit))
          assertNoSecrets(sinks, how, searchForSecrets(sentSecrets(call)))
        }),
      runs
    )

    it.effect.prop(
      "no recovery codes are shown",
      [call, codes],
      ([call, codes]) =>
        Effect.gen(function* () {
          const body = JSON.stringify({ recovery_codes: codes.map(({ value }) => value) })
          const { exit, sinks } = yield* observeCall(call, respond(200, body))
          if (Exit.isSuccess(exit) && exit.value instanceof RecoveryCodeList.RecoveryCodeList) {
            assert.deepStrictEqual(
              exit.value.recoveryCodes.map(Redacted.value),
              codes.map(({ value }) => value)
            )
          }
          assertNoSecrets(sinks, body, searchForSecrets([...sentSecrets(call), ...codes]))
        }),
      runs
    )

    it.effect.prop(
      "an invalid setting or OTP is not shown",
      [secret, unfit, pick(...Object.keys(attempts))],
      ([secret, unfit, name]) =>
        Effect.gen(function* () {
          const { exit, sinks } = yield* observeBriefly(attempts[name]?.(secret.value, unfit) ?? Effect.never)
          assert.isTrue(Exit.isFailure(exit))
          assertNoSecrets(sinks, name, searchForSecrets([secret]))
        }),
      runs
    )
  })
