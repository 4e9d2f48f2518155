/** `metal-otp demo`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Fixtures from "../support/Fixtures.ts"
import * as InProcess from "../support/InProcess.ts"

describe("demo", () => {
  it.effect("runs to its end, and ignores the user's own settings", () =>
    Effect.gen(function* () {
      const METAL_CONFIG = join(yield* Fixtures.folder, "metal.yaml")
      writeFileSync(METAL_CONFIG, "nonsense")
      const env = { METAL_CONFIG, METAL_AUTH_TOKEN: "mine", METAL_API_URL: "http://127.0.0.1:1/", METAL_TIMEOUT: "x" }
      const { code, stderr, stdout } = yield* InProcess.run(["demo"], { env })
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.deepStrictEqual(stdout.match(/^\$ .*$/gm), [
        "$ metal-otp recovery-codes list",
        "$ metal-otp sms send",
        "$ metal-otp verify",
        "$ metal-otp verify",
        "$ metal-otp verify",
        "$ metal-otp recovery-codes regenerate --yes",
        "$ metal-otp sms send"
      ])
      assert.lengthOf(stdout.match(/^Verified\.$/gm) ?? [], 2)
      assert.lengthOf(stdout.match(/^Error: /gm) ?? [], 2)
    }).pipe(Effect.scoped)
  )
})
