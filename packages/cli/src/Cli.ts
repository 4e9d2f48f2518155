/**
 * The command `metal-otp` with all its subcommands.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { app } from "./commands/App.ts"
import { demo } from "./commands/Demo.ts"
import { doctor } from "./commands/Doctor.ts"
import { emulator } from "./commands/Emulator.ts"
import { recoveryCodes } from "./commands/RecoveryCodes.ts"
import { sms } from "./commands/Sms.ts"
import { twoFactor } from "./commands/TwoFactor.ts"
import { verify } from "./commands/Verify.ts"
import * as Messages from "./Messages.ts"
import { root } from "./RootCommand.ts"
import * as SpanTree from "./SpanTree.ts"

export const cli = root.pipe(
  Command.withSubcommands([
    { group: "API COMMANDS", commands: [recoveryCodes, sms, verify, twoFactor, app] },
    { group: "EMULATOR COMMANDS", commands: [emulator, demo] },
    { group: "TROUBLESHOOTING", commands: [doctor] }
  ]),
  Command.provideSync(Messages.Quiet, ({ quiet }) => quiet),
  Command.provideEffectDiscard(({ verbose }) => (verbose ? Effect.addFinalizer(() => SpanTree.print) : Effect.void))
)
