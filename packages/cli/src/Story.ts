/**
 * What `metal-otp demo` tells: it runs this program's own commands against an
 * emulator of its own.
 */
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import * as Arr from "effect/Array"
import * as Command from "effect/cli/Command"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as ExitCode from "./ExitCode.ts"
import { Told } from "./Failure.ts"
import * as Output from "./Output.ts"
import { root } from "./Root.ts"
import * as Run from "./Run.ts"
import * as Screen from "./Screen.ts"
import { recoveryCodes } from "./commands/RecoveryCodes.ts"
import { sms } from "./commands/Sms.ts"
import { verify } from "./commands/Verify.ts"
import * as Program from "./Program.ts"

const commands = root.pipe(Command.withSubcommands([recoveryCodes, sms, verify]))

interface Step {
  readonly title: string
  /** What a person would type. */
  readonly typed: string
  /** What a person would type unseen. */
  readonly hidden?: Redacted.Redacted<string>
  readonly token?: string
  readonly code?: number
}

/** Everything a command could look up, so that nothing of the person's own configuration is used. */
const environment = (baseUrl: string, token: string) =>
  ConfigProvider.fromUnknown({
    METAL_API_URL: baseUrl,
    METAL_AUTH_TOKEN: token,
    METAL_OUTPUT: "table",
    METAL_TIMEOUT: "10s",
    METAL_RETRIES: "3"
  })

const story = (token: string) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* EmulatorServer.EmulatorServer
    const emulator = yield* Emulator.Emulator
    const { colors } = yield* Screen.outputCapabilities
    yield* Output.write(`An emulator of the API listens at ${baseUrl}\n`)

    const step = Effect.fnUntraced(function* ({
      code = ExitCode.done,
      hidden,
      title,
      token: other = token,
      typed
    }: Step) {
      yield* Output.writeStyled(`\n${title}\n${Screen.paint("dim", `$ ${Program.name} ${typed}`, colors)}\n`)
      const args = typed.split(" ").concat(hidden === undefined ? [] : Redacted.value(hidden))
      const ended = yield* Run.execute(commands, args).pipe(
        // What a person reads as one story.
        Effect.updateService(Stdio.Stdio, (stdio) => ({
          ...stdio,
          stderr: stdio.stdout,
          stderrIsTerminal: stdio.stdoutIsTerminal
        })),
        Effect.updateService(ConfigProvider.ConfigProvider, (ambient) =>
          ConfigProvider.orElse(environment(baseUrl, other), ambient)
        )
      )
      if (ended !== code) return yield* new Told({ code: ended })
    })

    yield* step({ title: "1. The recovery codes, for when the phone is gone", typed: "recovery-codes list" })
    yield* step({ title: "2. Ask for an OTP by SMS", typed: "sms send" })
    const { otp, phoneNumber } = yield* Effect.fromOption(Arr.last(yield* emulator.outbox))
    yield* Output.write(`(an SMS to ${phoneNumber}: "Your code is ${Redacted.value(otp)}")\n`)
    yield* step({ title: "3. Verify it, typed unseen", typed: "verify", hidden: otp })
    yield* step({ title: "4. Verify it again: it is used up", typed: "verify", hidden: otp, code: ExitCode.refused })
    const [spare] = yield* emulator.recoveryCodes(Redacted.make(token))
    if (spare !== undefined) yield* step({ title: "5. Use a recovery code instead", typed: "verify", hidden: spare })
    yield* step({ title: "6. Generate new recovery codes", typed: "recovery-codes regenerate --yes" })
    yield* step({
      title: "7. Call with a token that nobody has",
      typed: "sms send",
      token: "not-the-token",
      code: ExitCode.refused
    })
    yield* Output.write(`\nTo try it yourself: ${Program.name} emulator\n`)
  })

/** Tells the story; fails with `Told` when a step does not end as it should. */
export const tell = Effect.suspend(() => {
  const token = `demo-${crypto.randomUUID()}`
  return Effect.provide(
    story(token),
    EmulatorServer.layer().pipe(
      Layer.provideMerge(Emulator.layer({ users: [{ authToken: Redacted.make(token) }] })),
      Layer.orDie
    )
  ).pipe(Effect.catchTag("NoSuchElementError", Effect.die))
})
