/**
 * `metal-otp 2fa`: whether two-factor authentication is on, and turning it on and off.
 */
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { BadSetting } from "../BadSetting.ts"
import * as Call from "../Call.ts"
import * as Done from "../Done.ts"
import * as Output from "../Output.ts"
import { toggle } from "../Root.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"
import * as TypedOtp from "../TypedOtp.ts"

const statusOf = (codesLeft: number | undefined): Output.Result => {
  const state = codesLeft === undefined ? "off" : "on"
  const left = codesLeft ?? 0
  return {
    data: { two_factor: state, recovery_codes_left: left },
    columns: ["TWO-FACTOR", "RECOVERY CODES LEFT"],
    rows: [[state, String(left)]]
  }
}

const status = Command.make(
  "status",
  {},
  Effect.fnUntraced(function* () {
    const settings = yield* Settings.current
    const format = yield* Output.formatFor((yield* settings.output).value)
    const call = yield* Call.prepare(settings, "findRecoveryCodes")
    // The API has no word of the factors themselves: it knows recovery codes as long as one of them is on.
    const codesLeft = yield* call("Reading the recovery codes", (client) =>
      client.findRecoveryCodes().pipe(
        Effect.map(RecoveryCodeList.size),
        Effect.catchTag("NotFound", () => Effect.undefined)
      )
    )
    yield* Output.write(Output.render(statusOf(codesLeft), format))
  })
).pipe(
  Command.withDescription("Show whether two-factor authentication is on, and how many recovery codes are left."),
  Command.withExamples([
    { command: `${Program.name} 2fa status`, description: "Show it" },
    { command: `${Program.name} 2fa status -o json | jq -r .two_factor`, description: "For a script: on or off" }
  ])
)

const factors = {
  app: toggle("app", "The authenticator app"),
  sms: toggle("sms", "SMS")
}

/** The factor that is meant: exactly one of the flags. */
const factorOf = Effect.fnUntraced(function* ({ app, sms }: { readonly app: boolean; readonly sms: boolean }) {
  if (app !== sms) return app ? ("App" as const) : ("Sms" as const)
  const problem = app ? "only one of them can be given" : "one of them has to be given"
  return yield* new BadSetting({ setting: "factor", source: "--app and --sms", problem })
})

const names = { App: "app", Sms: "SMS" } as const

/** What a code of each factor comes from. */
const origins = {
  App: `Set an app up with: ${Program.name} app seed`,
  Sms: `Get an OTP with: ${Program.name} sms send`
} as const

const turning = (to: "enable" | "disable") =>
  Effect.fnUntraced(function* ({ app, otp, sms }: { readonly app: boolean; readonly sms: boolean } & OtpGiven) {
    const factor = yield* factorOf({ app, sms })
    const operation = `${to}Tfa${factor}` as const
    const settings = yield* Settings.current
    const done = yield* Done.prepare(settings, operation)
    const call = yield* Call.prepare(settings, operation)
    const valid = yield* TypedOtp.read(settings, otp)
    const word = to === "enable" ? "on" : "off"
    yield* call(`Turning two-factor authentication by ${names[factor]} ${word}`, (client) => client[operation](valid))
    yield* done(`Two-factor authentication by ${names[factor]} is ${word}.`)
  })

interface OtpGiven {
  readonly otp: Parameters<typeof TypedOtp.read>[1]
}

const enable = Command.make(
  "enable",
  { ...factors, otp: TypedOtp.argument("A code of the app, or the OTP of an SMS") },
  turning("enable")
).pipe(
  Command.withDescription(`Turn two-factor authentication on. ${origins.App}`),
  Command.withExamples([
    { command: `${Program.name} sms send && ${Program.name} 2fa enable --sms`, description: "By SMS" },
    { command: `${Program.name} 2fa enable --app`, description: "By an app that has scanned a seed" }
  ])
)

const disable = Command.make(
  "disable",
  { ...factors, otp: TypedOtp.argument("A code of the app, the OTP of an SMS, or a recovery code") },
  turning("disable")
).pipe(
  Command.withDescription("Turn two-factor authentication off."),
  Command.withExamples([
    { command: `${Program.name} 2fa disable --app`, description: "By app" },
    { command: `${Program.name} sms send && ${Program.name} 2fa disable --sms`, description: "By SMS" }
  ])
)

export const twoFactor = Command.make("2fa").pipe(
  Command.withDescription("Show whether two-factor authentication is on, and turn it on or off."),
  Command.withSubcommands([status, enable, disable])
)
