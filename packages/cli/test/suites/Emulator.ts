/** A session with `metal-otp emulator`, for the command in this process and as the binary. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Runner } from "../support/Runner.ts"

/** The variables that the printed `export` lines set. */
export const exportedVariables = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(stdout.matchAll(/export (\w+)='?(.*?)'?\n/g), ([, name = "", value = ""]) => [name, value])
  )

/** The last line that the emulator prints at its start. */
export const lastLine = "Ctrl-C stops"

/** A printed SMS, with its code as the first group. */
export const printedSms = /"Your code is (\d{6})"/

export const emulatorSession = (runner: Runner) =>
  it.effect("prints the variables for other commands, prints each SMS, and ends at Ctrl-C", () =>
    Effect.gen(function* () {
      const { ended, stdoutSoFar, stop, waitFor } = yield* runner.start(["emulator"])
      yield* waitFor(lastLine)
      const env = exportedVariables(stdoutSoFar())
      assert.deepStrictEqual(Object.keys(env), ["METAL_API_URL", "METAL_AUTH_TOKEN"])
      assert.strictEqual((yield* runner.run(["sms", "send"], { env })).code, 0)
      yield* waitFor("Your code is")
      const [, otp = ""] = printedSms.exec(stdoutSoFar()) ?? []
      assert.strictEqual((yield* runner.run(["verify", otp], { env })).code, 0)
      assert.strictEqual((yield* runner.run(["verify", otp], { env })).code, 1)
      yield* stop
      const { code, stderr } = yield* ended
      assert.deepStrictEqual([code, stderr], [130, ""])
    }).pipe(Effect.scoped)
  )
