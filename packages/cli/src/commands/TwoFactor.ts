/**
 * `metal-otp 2fa`: shows whether two-factor authentication is on, and turns it on and off.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { BadUsage } from "../BadUsage.ts"
import * as Call from "../Call.ts"
import * as OtpArgument from "../OtpArgument.ts"
import * as Output from "../Output.ts"
import { programName } from "../ProgramName.ts"
import { booleanFlag } from "../RootCommand.ts"
import * as Settings from "../Settings.ts"
import * as SuccessMessage from "../SuccessMessage.ts"
import * as Transport from "../Transport.ts"

const statusOf = (codesLeft: number | undefined): Output.Result => {
  const state = codesLeft === undefined ? "off" : "on"
  const left = codesLeft ?? 0
  return {
    data: { two_factor: state, recovery_codes_left: left },
    columns: ["TWO-FACTOR", "RECOVERY CODES LEFT"],
    rows: [[state, String(left)]]
  }
}

/** Whether the API is at the base URL. Other servers and other paths answer 404 to everything. */
const isApi = Effect.fnUntraced(
  function* ({ apiUrl, route, timeout }: Call.CallSettings) {
    const http = yield* Transport.make(route, Transport.connectTimeout(timeout))
    const { status } = yield* Transport.readWithoutToken(http, new URL(apiUrl))
    return status === 401
  },
  (reply, { timeout }) =>
    reply.pipe(
      Effect.scoped,
      Effect.timeout(timeout),
      Effect.orElseSucceed(() => false)
    )
)

const status = Command.make(
  "status",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    const format = yield* Settings.outputFormat(settings)
    const callSettings = yield* Call.readSettings(settings)
    const call = yield* Call.make(callSettings, "findRecoveryCodes")
    // The API can't say which factors are on. But it has recovery codes while one of them is on, and answers 404 otherwise.
    const codesLeft = yield* call("Reading the recovery codes", (client) =>
      client.findRecoveryCodes().pipe(
        Effect.map(RecoveryCodeList.size),
        Effect.catchTag("NotFound", (failure) =>
          Effect.flatMap(isApi(callSettings), (found) => (found ? Effect.undefined : Effect.fail(failure)))
        )
      )
    )
    yield* Output.write(Output.render(statusOf(codesLeft), format))
  })
).pipe(
  Command.withDescription("Show whether two-factor authentication is on, and how many recovery codes are left."),
  Command.withExamples([
    { command: `${programName} 2fa status`, description: "Show both" },
    { command: `${programName} 2fa status -o json | jq -r .two_factor`, description: "For a script: on or off" }
  ])
)

const factorFlags = {
  app: booleanFlag("app", "Two-factor authentication by authenticator app"),
  sms: booleanFlag("sms", "Two-factor authentication by SMS")
}

const factorNames = { App: "app", Sms: "SMS" } as const

interface Flags {
  readonly app: boolean
  readonly sms: boolean
  readonly otp: Option.Option<Redacted.Redacted<string>>
}

const turn = (to: "on" | "off") => {
  const verb = to === "on" ? "enable" : "disable"
  return Effect.fnUntraced(function* ({ app, otp: argument, sms }: Flags) {
    if (app === sms) {
      return yield* new BadUsage({
        message: "Give either --app or --sms.",
        next: `See: ${programName} 2fa ${verb} --help`
      })
    }
    const factor = app ? "App" : "Sms"
    const operation = `${verb}Tfa${factor}` as const
    const settings = yield* Settings.current
    const reportSuccess = yield* SuccessMessage.prepare(settings, operation)
    const call = yield* Call.prepare(settings, operation)
    const otp = yield* OtpArgument.read(settings, argument)
    const what = `two-factor authentication by ${factorNames[factor]}`
    yield* call(`Turning ${what} ${to}`, (client) => client[operation](otp))
    yield* reportSuccess(`Two-factor authentication by ${factorNames[factor]} is ${to}.`)
  })
}

const enable = Command.make(
  "enable",
  { ...factorFlags, otp: OtpArgument.make("An OTP of the app or of an SMS") },
  turn("on")
).pipe(
  Command.withDescription(
    "Turn two-factor authentication on, with an OTP that proves that you have the app or the phone."
  ),
  Command.withExamples([
    { command: `${programName} sms send && ${programName} 2fa enable --sms`, description: "By SMS" },
    {
      command: `${programName} 2fa enable --app`,
      description: `By app, with the seed of: ${programName} app seed --uri`
    }
  ])
)

const disable = Command.make(
  "disable",
  { ...factorFlags, otp: OtpArgument.make("An OTP of the app or of an SMS, or a recovery code") },
  turn("off")
).pipe(
  Command.withDescription("Turn two-factor authentication off, with an OTP or a recovery code."),
  Command.withExamples([
    { command: `${programName} 2fa disable --app`, description: "By app" },
    { command: `${programName} sms send && ${programName} 2fa disable --sms`, description: "By SMS" }
  ])
)

export const twoFactor = Command.make("2fa").pipe(
  Command.withDescription("Show whether two-factor authentication is on, and turn it on or off."),
  Command.withSubcommands([status, enable, disable])
)
