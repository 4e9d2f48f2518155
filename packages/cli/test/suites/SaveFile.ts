/** `--save` at a question, for the command in this process and for the binary. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Fixtures from "../support/Fixtures.ts"
import type { Runner } from "../support/Runner.ts"

export const saveFileAtQuestion = (runner: Runner) =>
  layer(Fixtures.EmulatorLive)("--save", (it) => {
    it.effect("leaves no file when the user leaves the question", () =>
      Effect.gen(function* () {
        const folder = yield* Fixtures.folder
        const args = ["recovery-codes", "regenerate", "--save", join(folder, "codes")]
        const { ended, type, waitFor } = yield* runner.onTerminal(args, { env: yield* Fixtures.env })
        yield* waitFor("Generate new ones?")
        assert.lengthOf(readdirSync(folder), 1)
        yield* type("\u0003")
        assert.strictEqual((yield* ended).code, 130)
        assert.deepStrictEqual(readdirSync(folder), [])
      }).pipe(Effect.scoped)
    )
  })
