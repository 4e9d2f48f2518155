/**
 * The program as a process: its signals, and what it ends with.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import { cli } from "./Cli.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Run from "./Run.ts"

let stopped: number = ExitCode.stopped
process.once("SIGTERM", () => {
  if (stopped === ExitCode.stopped) stopped = ExitCode.terminated
})
// The terminal is gone. What is under way is put in order as for the other signals, which Node would not do.
process.once("SIGHUP", () => {
  stopped = ExitCode.hungUp
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
      Runtime.defaultTeardown(exit, (code) => onExit(code === ExitCode.stopped ? stopped : code))
  })
)
