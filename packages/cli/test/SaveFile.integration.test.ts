/** `--save` of the binary, on a real terminal. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { readdirSync, watch } from "node:fs"
import { join } from "node:path"
import { saveFileAtQuestion } from "./suites/SaveFile.ts"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"

saveFileAtQuestion(Binary)

layer(Fixtures.EmulatorLive)("--save", (it) => {
  it.effect("leaves no file when the terminal goes away", () =>
    Effect.gen(function* () {
      const folder = yield* Fixtures.folder
      const args = ["recovery-codes", "regenerate", "--save", join(folder, "codes")]
      const waitUntilEmpty = Effect.callback<void>((resume) => {
        const watcher = watch(folder, () => {
          if (readdirSync(folder).length > 0) return
          watcher.close()
          resume(Effect.void)
        })
        return Effect.sync(() => watcher.close())
      })
      const { hangUp, waitFor } = yield* Binary.onTerminal(args, { env: yield* Fixtures.env })
      yield* waitFor("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      const emptied = yield* Effect.forkScoped(waitUntilEmpty, { startImmediately: true })
      yield* hangUp
      yield* Fiber.join(emptied)
    }).pipe(Effect.scoped)
  )
})
