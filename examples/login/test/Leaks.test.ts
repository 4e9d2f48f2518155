/** Nothing that is secret gets into a log, a span or the address of a page, whatever goes wrong. */
import { assert, describe, it } from "@effect/vitest"
import { OtpsClients } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
import { Cause, Effect, Exit, Layer, Logger, Redacted, Tracer } from "effect"
import { inspect } from "node:util"
import * as Browser from "./support/Browser.ts"
import { alice, password, signIn, World } from "./support/World.ts"

const site = OtpsClients.layer({}).pipe(
  Layer.provide(EmulatorHttpClient.layer),
  Layer.provideMerge([Emulator.layer({ users: [{ authToken: alice.authToken, name: alice.email }] }), Faults.layer()]),
  Layer.merge(World),
  Layer.fresh
)

const formats = [Logger.formatJson, Logger.formatLogFmt, Logger.formatSimple]

/** What an exporter takes of a span. Its reply stays here. */
const exported = ({ attributes, events, name, status }: Tracer.NativeSpan) => {
  const failure = status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
  return inspect({ attributes, events, name, failure }, { depth: 9 })
}

/** Everything that is logged, and every span, as text. */
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

const operations = ["receiveCodes", "findEnsureOtp", "regenerateCodes"] as const

/** Each effect is spoilt once, and goes well after that. */
const spoilt = (fault: Extract<Faults.Rule, { readonly when: "after" }>["fault"]): ReadonlyArray<Faults.Rule> =>
  operations.map((operation) => ({ operation, nth: 1, when: "after", fault }))

const echo = JSON.stringify({ errors: [Redacted.value(alice.authToken)] })

const cases: ReadonlyArray<readonly [string, ReadonlyArray<Faults.Rule>]> = [
  ["nothing goes wrong", []],
  ["replies are lost", spoilt({ _tag: "Reset" })],
  ["the token is refused", spoilt({ _tag: "Status", status: 401, body: echo })],
  ["the API breaks", spoilt({ _tag: "Status", status: 500, body: echo })],
  ["a proxy answers", spoilt({ _tag: "Foreign", contentType: "text/html", body: echo })],
  ["replies are cut", spoilt({ _tag: "Truncated" })]
]

const hidden = /name="formToken" value="([^"]+)"|<code>([^<]+)/g

describe("what an operator sees holds no secret", () => {
  it.effect.each(cases)("when %s", ([, rules]) => {
    const { layer, spans, text } = recording()
    return Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const faults = yield* Faults.Faults
      yield* faults.set(rules)
      const browser = yield* Browser.open
      const seen: Array<string> = []
      const look = <E, R>(self: Effect.Effect<Browser.Seen, E, R>) => Effect.map(self, ({ html }) => seen.push(html))
      const [one, two, three] = yield* emulator.recoveryCodes(alice.authToken)
      const codes = [one, two, three].map((code) => (code === undefined ? "" : Redacted.value(code)))

      yield* look(signIn(browser, alice))
      yield* look(browser.submit("/sms"))
      for (const code of codes) {
        const { path } = yield* browser.go("/second-factor")
        if (path === "/") yield* browser.go("/recovery-codes")
        yield* look(browser.submit(path === "/" ? "/recovery-codes" : path, { code }))
      }

      const shown = seen.flatMap((html) => Array.from(html.matchAll(hidden), ([, value, code]) => value ?? code ?? ""))
      const sms = (yield* emulator.outbox).map(({ otp }) => Redacted.value(otp))
      const cookies = (yield* browser.cookies).map(({ value }) => value)
      const token = Redacted.value(alice.authToken)
      const recorded = text()
      assert.strictEqual((yield* emulator.counts).regenerateCodes > 0, true)
      assert.strictEqual((yield* faults.injectedCount) > 0, rules.length > 0)
      assert.isAbove(spans.length, 10)
      assert.include(recorded, "Sent HTTP response")
      for (const secret of [password, token, ...codes, ...shown, ...sms, ...cookies]) {
        assert.isAbove(secret.length, 5)
        assert.notInclude(recorded, secret)
      }
    }).pipe(Effect.scoped, Effect.provide(layer), Effect.provide(site))
  })
})
