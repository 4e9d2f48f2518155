/** Bugs of the program itself. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stdio } from "effect"
import { Command } from "effect/cli"
import * as Run from "../src/Run.ts"
import { terminal } from "./support/RecordingTerminal.ts"

describe("execute", () => {
  it.effect("reports a defect without its contents, and ends with 70", () =>
    Effect.gen(function* () {
      const { shown, stdio } = terminal()
      for (const defect of [new TypeError("s3cret"), "s3cret", { s3cret: true }]) {
        const code = yield* Run.execute(
          Command.make("broken", {}, () => Effect.die(defect)),
          []
        ).pipe(Effect.provideService(Stdio.Stdio, stdio))
        assert.strictEqual(code, 70)
      }
      assert.lengthOf(shown, 3)
      assert.include(shown[0], "This is a bug in metal-otp: TypeError.")
      assert.include(shown[0], "it may have happened")
      assert.notInclude(shown.join(""), "s3cret")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
