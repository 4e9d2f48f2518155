/**
 * `metal-otp app seed`: sets an authenticator app up.
 */
import * as Failure from "@metal-otp/core/Failure"
import * as OtpSeed from "@metal-otp/schema/OtpSeed"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { renderUnicodeCompact } from "uqr"
import * as Ask from "../Ask.ts"
import * as Call from "../Call.ts"
import * as CodesTo from "../CodesTo.ts"
import { CallFailed, ResultLost } from "../Failure.ts"
import * as Output from "../Output.ts"
import { printable } from "../Printable.ts"
import * as Report from "../Report.ts"
import { toggle } from "../Root.ts"
import * as Screen from "../Screen.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"
import * as TypedOtp from "../TypedOtp.ts"

/** The secret as people type it into an app: in groups of four. */
const grouped = (secret: Redacted.Redacted<string>) => Redacted.value(secret).replaceAll(/.{4}(?=.)/g, "$& ")

/** Shows a seed to the person at the terminal: a QR code to scan where one can be drawn, and the key to type. */
const show = Effect.fnUntraced(function* (seed: OtpSeed.OtpSeed, key: OtpSeed.OtpKey) {
  const { unicode } = yield* Screen.capabilities
  const width = (yield* yield* Screen.Columns).error
  const drawing = renderUnicodeCompact(Redacted.value(seed.otpUri))
  const isDrawn = unicode && drawing.indexOf("\n") <= width
  if (isDrawn) yield* Screen.write(`\n${drawing}\n\n`)
  const how = isDrawn ? "Scan this with your authenticator app, or type" : "Type this into your authenticator app:"
  yield* Screen.write(
    `${how} the key ${grouped(key.secret)}\n` +
      `  for ${printable(key.account)}${key.issuer === "" ? "" : ` at ${printable(key.issuer)}`}: ` +
      `time-based, ${key.digits} digits, ${key.period} seconds, ${key.algorithm}.\n\n`
  )
})

type Checked = Effect.Success<ReturnType<typeof Call.check>>

/** Whether another OTP may help: the user mistyped this one, or the API refused it. */
const isWrongOtp = ({ error }: CallFailed) => error._tag === "InvalidOtp" || Failure.isWrongOtp(error)

/** Asks for codes until one has turned two-factor authentication on. */
const confirm = Effect.fnUntraced(function* (settings: Settings.Settings, checked: Checked) {
  const call = yield* Call.make(checked, "enableTfaApp")
  const once = Effect.flatMap(TypedOtp.read(settings), (otp) =>
    call("Turning two-factor authentication by app on", (client) => client.enableTfaApp(otp))
  )
  for (;;) {
    const wrong = yield* once.pipe(
      Effect.as(undefined),
      Effect.catchTag("CallFailed", (failed) => (isWrongOtp(failed) ? Effect.succeed(failed) : Effect.fail(failed)))
    )
    if (wrong === undefined) return
    yield* Screen.error(Report.render(Report.ofCall(wrong.error, wrong.target)))
  }
})

const seed = Command.make(
  "seed",
  {
    ...CodesTo.flags,
    uri: toggle("uri", `Print the seed's otpauth: URI and end. Confirm it with: ${Program.name} 2fa enable --app`)
  },
  Effect.fnUntraced(function* ({ uri, ...flags }) {
    const settings = yield* Settings.current
    const checked = yield* Call.check(settings)
    const issue = yield* Call.make(checked, "seedApp")
    const list = yield* Call.make(checked, "findRecoveryCodes")
    const format = yield* Output.formatFor((yield* settings.output).value)
    const give = yield* CodesTo.prepare(settings, flags)
    // A seed that nobody can confirm would only unseat the one before.
    if (!uri && !(yield* Ask.canAsk)) return yield* new Ask.NoInput({ wanted: "OTP (print the seed with --uri)" })

    const issued = yield* issue("Asking for a seed", (client) => client.seedApp())
    const key = yield* Effect.mapError(
      OtpSeed.key(issued),
      (error) => new CallFailed({ error, target: { baseUrl: checked.apiUrl } })
    )
    if (uri) {
      const value = Redacted.value(issued.otpUri)
      const result = { data: { otp_uri: value }, columns: ["OTP URI"], rows: [[value]] }
      return yield* Effect.mapError(
        Output.write(Output.render(result, format)),
        (why) => new ResultLost({ operation: "seedApp", why })
      )
    }
    yield* show(issued, key)
    yield* confirm(settings, checked)
    yield* Screen.notice("Two-factor authentication by app is on. Keep the recovery codes where your phone is not:")
    const codes = yield* list("Reading the recovery codes", (client) => client.findRecoveryCodes())
    yield* give(codes)
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Set an authenticator app up: show a QR code, confirm it with a code of the app, and show the recovery codes."
  ),
  Command.withExamples([
    { command: `${Program.name} app seed --save codes.txt`, description: "Keep the recovery codes in a file" },
    { command: `${Program.name} app seed --uri | qrencode -t ansiutf8`, description: "Draw the QR code elsewhere" }
  ])
)

export const app = Command.make("app").pipe(
  Command.withDescription("Set an authenticator app up."),
  Command.withSubcommands([seed])
)
