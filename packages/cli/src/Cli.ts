/**
 * The whole program: all commands under one root.
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
import { root } from "./Root.ts"
import * as Screen from "./Screen.ts"
import * as SpanTree from "./SpanTree.ts"

export const cli = root.pipe(
  Command.withSubcommands([recoveryCodes, sms, verify, twoFactor, app, emulator, demo, doctor]),
  Command.provideSync(Screen.Quiet, ({ quiet }) => quiet),
  Command.provideEffectDiscard(({ verbose }) => (verbose ? Effect.addFinalizer(() => SpanTree.print) : Effect.void))
)
