/**
 * What `metal-otp emulator` runs: the emulator's server, with its SMS on the
 * terminal.
 */
import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { Unusable } from "./Failure.ts"
import * as FaultRule from "./FaultRule.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"

type Token = Redacted.Redacted<string>

/** An emulator that says of each SMS that it was sent. */
const telling = (
  options: Emulator.Options,
  tell: (sms: Emulator.Sms) => Effect.Effect<void>
): Layer.Layer<Emulator.Emulator> =>
  Layer.effect(
    Emulator.Emulator,
    Effect.gen(function* () {
      const emulator = yield* Emulator.make(options)
      const told = yield* Ref.make(0)
      const tellNew = Effect.gen(function* () {
        const outbox = yield* emulator.outbox
        const from = yield* Ref.getAndSet(told, outbox.length)
        yield* Effect.forEach(outbox.slice(from), tell, { discard: true })
      })
      return {
        ...emulator,
        receiveCodes: (token: Token) => Effect.tap(emulator.receiveCodes(token), () => tellNew)
      }
    })
  )

const readRules = (rules: ReadonlyArray<string>) =>
  Effect.forEach(rules, (rule, index) =>
    Effect.mapError(
      FaultRule.parse(rule),
      (problem) =>
        new Unusable({
          report: {
            what: `--fault number ${index + 1} can't be used: ${printable(problem)}.`,
            happened: "The emulator was not started."
          }
        })
    )
  )

const welcome = (baseUrl: string, tokens: ReadonlyArray<Token>) => {
  const [token = "", ...others] = tokens.map(Redacted.value)
  return [
    `The emulator listens at ${baseUrl}`,
    "",
    "In another terminal:",
    "",
    `  export METAL_API_URL=${baseUrl}`,
    `  export METAL_AUTH_TOKEN='${token.replaceAll("'", `'\\''`)}'`,
    "  metal-otp sms send",
    "  metal-otp verify",
    "",
    ...(others.length === 0 ? [] : [`More tokens: ${others.map(printable).join("  ")}`, ""]),
    "SMS arrive here. Ctrl-C stops the emulator, and it forgets everything.",
    ""
  ].join("\n")
}

const portTaken = (port: number, cause: unknown) => {
  const code =
    Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? ` (${printable(cause.code)})` : ""
  return new Unusable({
    report: {
      what: `The emulator can't listen on port ${port}${code}.`,
      next: "Give another --port, or none for a free one."
    }
  })
}

/** What the flags said. */
export interface Options {
  /** 0 for a free one. */
  readonly port: number
  /** The users' tokens. Empty: one user with a random token. */
  readonly user: ReadonlyArray<Token>
  /** The rules of what is to go wrong, as they were typed. */
  readonly fault: ReadonlyArray<string>
}

/**
 * Serves until it is interrupted, and says where, and what SMS it sends. Fails
 * with `Unusable` when a rule can't work, or the port can't be had.
 *
 * @param options the flags
 * @param format the shape of what it says
 */
export const serve = Effect.fnUntraced(function* ({ fault, port, user }: Options, format: Output.Format) {
  const rules = yield* readRules(fault)
  const tokens: ReadonlyArray<Token> = user.length === 0 ? [Redacted.make(`emulator-${crypto.randomUUID()}`)] : user
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof Output.write>>>()
  const say = (text: string, data: Output.Result["data"]) =>
    Effect.provide(
      Output.write(
        format === "json" || format === "yaml" ? Output.render({ data, columns: [], rows: [] }, format) : text
      ),
      context
    )
  const tellSms = Effect.fnUntraced(function* ({ otp, phoneNumber }: Emulator.Sms) {
    const time = DateTime.formatIso(yield* DateTime.now).slice(11, 19)
    const code = Redacted.value(otp)
    const text = `${time} SMS to ${printable(phoneNumber)}: "Your code is ${code}"\n`
    yield* Effect.ignore(say(text, { sms: { phone_number: phoneNumber, otp: code } }))
  })

  const ServerLive = EmulatorServer.layer({ port }).pipe(
    Layer.provide(telling({ users: tokens.map((authToken) => ({ authToken })) }, tellSms)),
    Layer.provide(Faults.layer(rules))
  )
  yield* Effect.gen(function* () {
    const { baseUrl } = yield* EmulatorServer.EmulatorServer
    yield* say(`${welcome(baseUrl, tokens)}\n`, { api_url: baseUrl, tokens: tokens.map(Redacted.value) })
    yield* Effect.never
  }).pipe(
    Effect.provide(ServerLive),
    Effect.catchTag("ServeError", ({ cause }) => Effect.fail(portTaken(port, cause))),
    Effect.catchTag("InvalidRule", ({ field, index, problem }) =>
      Effect.fail(
        new Unusable({ report: { what: `--fault number ${index + 1} can't be used: ${field}: ${problem}.` } })
      )
    )
  )
})
