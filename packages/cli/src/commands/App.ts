/**
 * `metal-otp app seed`: sets up an authenticator app.
 */
import * as Failure from "@metal-otp/core/Failure"
import * as OtpSeed from "@metal-otp/schema/OtpSeed"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { renderUnicodeCompact } from "uqr"
import { BadUsage } from "../BadUsage.ts"
import * as Call from "../Call.ts"
import { CallFailed, ResultLost } from "../Failure.ts"
import * as Messages from "../Messages.ts"
import * as OtpArgument from "../OtpArgument.ts"
import * as Output from "../Output.ts"
import { printable } from "../Printable.ts"
import { programName } from "../ProgramName.ts"
import * as Prompts from "../Prompts.ts"
import * as RecoveryCodesOutput from "../RecoveryCodesOutput.ts"
import * as Report from "../Report.ts"
import { booleanFlag } from "../RootCommand.ts"
import * as Settings from "../Settings.ts"
import * as TerminalCapabilities from "../TerminalCapabilities.ts"

/** Writes a secret in groups of four, which are easier to type. */
const inGroups = (secret: Redacted.Redacted<string>) => Redacted.value(secret).replaceAll(/.{4}(?=.)/g, "$& ")

/** Shows a seed on the terminal: as a QR code if the terminal can show one, and as a key to type. */
const showSeed = Effect.fnUntraced(function* (seed: OtpSeed.OtpSeed, key: OtpSeed.OtpKey) {
  const { unicode } = yield* TerminalCapabilities.stderr
  const width = (yield* TerminalCapabilities.columns).stderr
  const qrCode = renderUnicodeCompact(Redacted.value(seed.otpUri))
  const showsQrCode = unicode && qrCode.indexOf("\n") <= width
  if (showsQrCode) yield* Messages.write(`\n${qrCode}\n\n`)
  const instruction = showsQrCode
    ? "Scan this with your authenticator app, or type"
    : "Type into your authenticator app"
  yield* Messages.write(
    `${instruction} the key ${inGroups(key.secret)}\n` +
      `  for ${printable(key.account)}${key.issuer === "" ? "" : ` at ${printable(key.issuer)}`}: ` +
      `time-based, ${key.digits} digits, ${key.period} seconds, ${key.algorithm}.\n\n`
  )
})

/** Whether another OTP may help: the user mistyped this one, or the API refused it. */
const isWrongOtp = (failure: unknown): failure is CallFailed =>
  failure instanceof CallFailed && (failure.error._tag === "InvalidOtp" || Failure.isWrongOtp(failure.error))

/** Asks for OTPs of the app until one has turned two-factor authentication on. */
const enable = Effect.fnUntraced(function* (settings: Settings.Settings, callSettings: Call.CallSettings) {
  const call = yield* Call.make(callSettings, "enableTfaApp")
  yield* OtpArgument.read(settings).pipe(
    Effect.flatMap((otp) => call("Turning two-factor authentication by app on", (client) => client.enableTfaApp(otp))),
    Effect.tapError((failure) =>
      isWrongOtp(failure) ? Messages.error(Report.render(Report.ofCall(failure.error, failure.baseUrl))) : Effect.void
    ),
    Effect.retry({ while: isWrongOtp })
  )
})

const needsTerminal = new BadUsage({
  message: "This command asks for an OTP of the app, so it needs a terminal.",
  next:
    `In a script, print the seed with: ${programName} app seed --uri\n` +
    `  Then confirm it with an OTP: ${programName} 2fa enable --app`
})

const seed = Command.make(
  "seed",
  {
    ...RecoveryCodesOutput.flags,
    uri: booleanFlag("uri", `Only print the seed, as an otpauth: URI. Confirm it with: ${programName} 2fa enable --app`)
  },
  Effect.fnUntraced(function* ({ uri, ...flags }) {
    if (uri && Option.isSome(flags.save)) {
      return yield* new BadUsage({
        message: "Give either --uri or --save.",
        next: "With --uri this command has no recovery codes to save. It prints the seed."
      })
    }
    const settings = yield* Settings.current
    const callSettings = yield* Call.readSettings(settings)
    const callSeedApp = yield* Call.make(callSettings, "seedApp")
    const callFindRecoveryCodes = yield* Call.make(callSettings, "findRecoveryCodes")
    const format = yield* Settings.outputFormat(settings)
    const writeCodes = yield* RecoveryCodesOutput.prepare(settings, flags)
    // A new seed replaces the last one. So don't ask for a seed that the user can't confirm.
    if (!uri && !(yield* Prompts.canPrompt)) return yield* needsTerminal

    const issued = yield* callSeedApp("Asking for a seed", (client) => client.seedApp())
    const key = yield* Effect.mapError(
      OtpSeed.key(issued),
      (error) => new CallFailed({ error, baseUrl: callSettings.apiUrl })
    )
    if (uri) {
      const value = Redacted.value(issued.otpUri)
      const result = { data: { otp_uri: value }, columns: ["OTP URI"], rows: [[value]] }
      return yield* Effect.mapError(
        Output.write(Output.render(result, format)),
        (cause) => new ResultLost({ operation: "seedApp", cause })
      )
    }
    yield* showSeed(issued, key)
    yield* enable(settings, callSettings)
    yield* Messages.notice(
      "Two-factor authentication by app is on. Keep the recovery codes in another place than your phone."
    )
    const codes = yield* callFindRecoveryCodes("Reading the recovery codes", (client) => client.findRecoveryCodes())
    yield* writeCodes(codes)
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Set up an authenticator app: show a QR code, confirm it with an OTP of the app, and show the recovery codes."
  ),
  Command.withExamples([
    { command: `${programName} app seed --save codes.txt`, description: "Save the recovery codes to a file" },
    {
      command: `${programName} app seed --uri | qrencode -t ansiutf8`,
      description: "Draw the QR code with another program"
    }
  ])
)

export const app = Command.make("app").pipe(
  Command.withDescription("Set up an authenticator app."),
  Command.withSubcommands([seed])
)
