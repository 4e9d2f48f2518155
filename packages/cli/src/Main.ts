/**
 * Runs the program as a process: handles signals, and sets the exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import { cli } from "./Cli.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Run from "./Run.ts"

let interruptedCode: number = ExitCode.stopped
process.once("SIGTERM", () => {
  if (interruptedCode === ExitCode.stopped) interruptedCode = ExitCode.terminated
})
// The terminal is gone. Node would end the process at once, without finalizers. As SIGTERM, it interrupts the program first.
process.once("SIGHUP", () => {
  interruptedCode = ExitCode.hungUp
  process.emit("SIGTERM", "SIGTERM")
})

Stdio.Stdio.pipe(
  Effect.flatMap((stdio) => stdio.args),
  Effect.flatMap((args) => Run.execute(cli, args)),
  Effect.flatMap((code) => (code === ExitCode.done ? Effect.void : Effect.fail(new Run.Exited({ code })))),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Runtime.defaultTeardown(exit, (code) => onExit(code === ExitCode.stopped ? interruptedCode : code))
  })
)
