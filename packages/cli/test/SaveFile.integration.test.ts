/** `--save` on a real terminal that is left, or goes away. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { readdirSync, watch } from "node:fs"
import { join } from "node:path"
import * as Binary from "./support/Binary.ts"
import * as World from "./support/World.ts"

const regenerate = ["recovery-codes", "regenerate", "--save"]

layer(World.EmulatorLive)("--save", (it) => {
  it.effect("leaves nothing behind when the question is left", () =>
    Effect.gen(function* () {
      const folder = yield* World.folder
      const args = [...regenerate, join(folder, "codes")]
      const { ended, said, type } = yield* Binary.onTerminal(args, { env: yield* World.env })
      yield* said("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      yield* type("\u0003")
      assert.strictEqual((yield* ended).code, 130)
      assert.deepStrictEqual(readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )

  it.effect("leaves nothing behind when the terminal goes away", () =>
    Effect.gen(function* () {
      const folder = yield* World.folder
      const args = [...regenerate, join(folder, "codes")]
      const gone = Effect.callback<void>((resume) => {
        const watcher = watch(folder, () => {
          if (readdirSync(folder).length > 0) return
          watcher.close()
          resume(Effect.void)
        })
        return Effect.sync(() => watcher.close())
      })
      const { hangUp, said } = yield* Binary.onTerminal(args, { env: yield* World.env })
      yield* said("Generate new ones?")
      assert.lengthOf(readdirSync(folder), 1)
      const emptied = yield* Effect.forkScoped(gone, { startImmediately: true })
      yield* hangUp
      yield* Fiber.join(emptied)
    }).pipe(Effect.scoped)
  )
})
