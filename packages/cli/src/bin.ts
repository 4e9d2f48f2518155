#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import { cli } from "./Cli.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Run from "./Run.ts"

let terminated = false
process.once("SIGTERM", () => {
  terminated = true
})

Stdio.Stdio.pipe(
  Effect.flatMap((stdio) => stdio.args),
  Effect.flatMap((args) => Run.execute(cli, args)),
  Effect.flatMap((code) => (code === ExitCode.done ? Effect.void : Effect.fail(new Run.Exited({ code })))),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Runtime.defaultTeardown(exit, (code) =>
        onExit(terminated && code === ExitCode.stopped ? ExitCode.terminated : code)
      )
  })
)
