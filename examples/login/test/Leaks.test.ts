/** No secret gets into a log, a span or a URL, whatever fails. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClients } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Cause, Effect, Exit, Layer, Logger, Redacted, Tracer } from "effect"
import { inspect } from "node:util"
import * as Browser from "./support/Browser.ts"
import { alice, bob, password, signIn, World } from "./support/World.ts"

const site = OtpsClients.layer({}).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provideMerge([
    Emulator.layer({
      users: [
        { authToken: alice.authToken, name: alice.email, twoFactor: { app: "on", sms: "on" } },
        { authToken: bob.authToken, name: bob.email, twoFactor: false }
      ]
    }),
    Faults.layer()
  ]),
  Layer.merge(World),
  Layer.fresh
)

const formats = [Logger.formatJson, Logger.formatLogFmt, Logger.formatSimple]

/** The parts of a span that an exporter sends. */
const exported = ({ attributes, events, name, status }: Tracer.NativeSpan) => {
  const failure = status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
  return inspect({ attributes, events, name, failure }, { depth: 9 })
}

/** Records all logs and spans as text. */
const recording = () => {
  const lines: Array<string> = []
  const spans: Array<Tracer.NativeSpan> = []
  const loggers = formats.map((format) => Logger.map(format, (line) => void lines.push(line)))
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const text = () => [...lines, ...spans.map(exported)].join("\n")
  return { layer: Layer.merge(Logger.layer(loggers), Layer.succeed(Tracer.Tracer, tracer)), spans, text }
}

const operations = ["receiveCodes", "findEnsureOtp", "regenerateCodes", "seedApp", "enableTfaApp"] as const

/** Each operation with an effect fails once, and succeeds after that. */
const failOnce = (fault: Extract<Faults.Rule, { readonly when: "after" }>["fault"]): ReadonlyArray<Faults.Rule> =>
  operations.map((operation) => ({ operation, nth: 1, when: "after", fault }))

type Fault = Parameters<typeof failOnce>[0]

/** The faults. In some of them the API echoes the user's token. */
const cases: ReadonlyArray<readonly [string, ((echo: string) => Fault) | undefined]> = [
  ["nothing goes wrong", undefined],
  ["replies are lost", () => ({ _tag: "Reset" })],
  ["the token is refused", (body) => ({ _tag: "Status", status: 401, body })],
  ["the API breaks", (body) => ({ _tag: "Status", status: 500, body })],
  ["a proxy answers", (body) => ({ _tag: "Foreign", contentType: "text/html", body })],
  ["replies are cut", () => ({ _tag: "Truncated" })]
]

const rulesOf = (fault: (typeof cases)[number][1], { authToken }: { readonly authToken: Redacted.Redacted<string> }) =>
  fault === undefined ? [] : failOnce(fault(JSON.stringify({ errors: [Redacted.value(authToken)] })))

const hidden = /name="formToken" value="([^"]+)"|<code>([^<]+)/g

/** A browser that records its pages. */
const watched = Effect.gen(function* () {
  const browser = yield* Browser.open
  const pages: Array<string> = []
  const record = <E, R>(self: Effect.Effect<Browser.Seen, E, R>) => Effect.map(self, ({ html }) => pages.push(html))
  /** Its cookies, and the tokens, keys and codes of its pages. */
  const secrets = Effect.map(browser.cookies, (cookies) => [
    ...cookies.map(({ value }) => value),
    ...pages.flatMap((html) =>
      Array.from(html.matchAll(hidden), ([, token, code]) => (token ?? code ?? "").replaceAll(" ", ""))
    )
  ])
  return { ...browser, record, secrets }
})

/** Asserts that the logs and spans hold none of the secrets. */
const check = Effect.fnUntraced(function* (
  { spans, text }: ReturnType<typeof recording>,
  rules: ReadonlyArray<Faults.Rule>,
  secrets: ReadonlyArray<string>
) {
  const { outbox } = yield* Emulator.Emulator
  const { injectedCount } = yield* Faults.Faults
  const recorded = text()
  assert.strictEqual((yield* injectedCount) > 0, rules.length > 0)
  assert.isAbove(spans.length, 10)
  assert.include(recorded, "Sent HTTP response")
  const sms = (yield* outbox).map(({ otp }) => Redacted.value(otp))
  const tokens = [alice, bob].map(({ authToken }) => Redacted.value(authToken))
  for (const secret of [password, ...tokens, ...sms, ...secrets]) {
    assert.isAbove(secret.length, 5)
    assert.notInclude(recorded, secret)
  }
})

describe("what an operator sees holds no secret", () => {
  it.effect.each(cases)("of a sign-in and new recovery codes, when %s", ([, fault]) => {
    const recorded = recording()
    const rules = rulesOf(fault, alice)
    return Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const faults = yield* Faults.Faults
      yield* faults.set(rules)
      const { go, record, secrets, ...browser } = yield* watched
      const codes = (yield* emulator.recoveryCodes(alice.authToken)).slice(0, 3).map(Redacted.value)

      yield* record(signIn({ go, ...browser }, alice))
      yield* record(browser.submit("/sms"))
      for (const code of codes) {
        const { path } = yield* go("/second-factor")
        if (path === "/") yield* go("/recovery-codes")
        yield* record(browser.submit(path === "/" ? "/recovery-codes" : path, { code }))
      }
      assert.isAbove((yield* emulator.counts).regenerateCodes, 0)
      yield* check(recorded, rules, [...codes, ...(yield* secrets)])
    }).pipe(Effect.scoped, Effect.provide(recorded.layer), Effect.provide(site))
  })

  it.effect.each(cases)("of turning an app on, when %s", ([, fault]) => {
    const recorded = recording()
    const rules = rulesOf(fault, bob)
    return Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const faults = yield* Faults.Faults
      yield* faults.set(rules)
      const { go, record, secrets, ...browser } = yield* watched

      yield* record(signIn({ go, ...browser }, bob))
      yield* record(browser.submit("/two-factor/app"))
      yield* go("/")
      yield* record(browser.submit("/two-factor/app"))
      const { seed } = yield* Effect.fromOption(yield* emulator.user(bob.email))
      if (seed === null) return assert.fail("there is no seed")
      const code = Redacted.value(seed.code)
      yield* record(browser.submit("/two-factor/app/on", { code }))
      assert.strictEqual((yield* emulator.counts).enableTfaApp, 1)
      const key = new URL(Redacted.value(seed.uri)).searchParams.get("secret") ?? ""
      assert.include(yield* secrets, key)
      yield* check(recorded, rules, [code, key, ...(yield* secrets)])
    }).pipe(Effect.scoped, Effect.provide(recorded.layer), Effect.provide(site))
  })
})
