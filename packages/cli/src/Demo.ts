/**
 * Runs this program's own commands against an emulator, for `metal-otp demo`.
 */
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import * as Arr from "effect/Array"
import * as Command from "effect/cli/Command"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import { recoveryCodes } from "./commands/RecoveryCodes.ts"
import { sms } from "./commands/Sms.ts"
import { verify } from "./commands/Verify.ts"
import * as ExitCode from "./ExitCode.ts"
import { AlreadyReported } from "./Failure.ts"
import * as Output from "./Output.ts"
import { programName } from "./ProgramName.ts"
import { root } from "./RootCommand.ts"
import * as Run from "./Run.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"

const commands = root.pipe(Command.withSubcommands([recoveryCodes, sms, verify]))

interface Step {
  readonly title: string
  /** The command, without the program's name. */
  readonly command: string
  /** The OTP for the command. The demo does not show it, as a user would type it without showing it. */
  readonly otp?: Redacted.Redacted<string>
  /** Default: the token of the demo's user. */
  readonly token?: string
  /** The exit code that the step must have. Default: 0. */
  readonly exitCode?: number
}

/** The demo's whole configuration. It sets every key, so that the user's own settings have no effect. */
const environment = (baseUrl: string, token: string) =>
  ConfigProvider.fromUnknown({
    METAL_API_URL: baseUrl,
    METAL_AUTH_TOKEN: token,
    METAL_OUTPUT: "table",
    METAL_TIMEOUT: "10s",
    METAL_RETRIES: "3"
  })

const steps = (demoToken: string) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* EmulatorServer.EmulatorServer
    const emulator = yield* Emulator.Emulator
    const { colors } = yield* TerminalCapabilities.stdout
    yield* Output.write(`An emulator of the API listens at ${baseUrl}\n`)

    const step = Effect.fnUntraced(function* ({
      command,
      exitCode = ExitCode.done,
      otp,
      title,
      token = demoToken
    }: Step) {
      const prompt = TerminalCapabilities.paint("dim", `$ ${programName} ${command}`, colors)
      yield* Output.writeStyled(`\n${title}\n${prompt}\n`)
      const args = command.split(" ").concat(otp === undefined ? [] : Redacted.value(otp))
      const code = yield* Run.execute(commands, args).pipe(
        // Messages go to standard output too, to keep them in order with the results.
        Effect.updateService(Stdio.Stdio, (stdio) => ({
          ...stdio,
          stderr: stdio.stdout,
          stderrIsTerminal: stdio.stdoutIsTerminal
        })),
        Effect.updateService(ConfigProvider.ConfigProvider, (userConfig) =>
          ConfigProvider.orElse(environment(baseUrl, token), userConfig)
        )
      )
      if (code !== exitCode) return yield* new AlreadyReported({ code })
    })

    yield* step({
      title: "1. List the recovery codes, in case the phone is lost",
      command: "recovery-codes list"
    })
    yield* step({ title: "2. Ask for an OTP by SMS", command: "sms send" })
    const { otp, phoneNumber } = yield* Effect.fromOption(Arr.last(yield* emulator.outbox))
    yield* Output.write(`(an SMS to ${phoneNumber}: "Your code is ${Redacted.value(otp)}")\n`)
    yield* step({ title: "3. Verify it, typed without showing it", command: "verify", otp })
    yield* step({ title: "4. Verify it again: it is used up", command: "verify", otp, exitCode: ExitCode.refused })
    const [recoveryCode] = yield* emulator.recoveryCodes(Redacted.make(demoToken))
    if (recoveryCode !== undefined) {
      yield* step({ title: "5. Verify a recovery code instead", command: "verify", otp: recoveryCode })
    }
    yield* step({ title: "6. Generate new recovery codes", command: "recovery-codes regenerate --yes" })
    yield* step({
      title: "7. Call the API with a wrong token",
      command: "sms send",
      token: "not-the-token",
      exitCode: ExitCode.refused
    })
    yield* Output.write(`\nTo try it yourself: ${programName} emulator\n`)
  })

/** Runs the demo. Fails with `AlreadyReported` when a step ends with an unexpected exit code. */
export const run = Effect.suspend(() => {
  const token = `demo-${crypto.randomUUID()}`
  return Effect.provide(
    steps(token),
    EmulatorServer.layer().pipe(
      Layer.provideMerge(Emulator.layer({ users: [{ authToken: Redacted.make(token) }] })),
      Layer.orDie
    )
  ).pipe(Effect.catchTag("NoSuchElementError", Effect.die))
})
