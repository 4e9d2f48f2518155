/** `metal-otp demo` as the binary, which imports most of it when it runs. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Binary from "../support/Binary.ts"

describe("demo", () => {
  it.effect("runs to its end", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* Binary.run(["demo"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.lengthOf(stdout.match(/^Verified\.$/gm) ?? [], 2)
      assert.lengthOf(stdout.match(/^Error: /gm) ?? [], 2)
    })
  )
})
