/** The completion script of a shell, as a file. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Fixtures from "./Fixtures.ts"
import * as InProcess from "./InProcess.ts"

/** Writes the script to a file, and returns its path. */
export const scriptFile = Effect.fnUntraced(function* (shell: string) {
  const { code, stderr, stdout } = yield* InProcess.run(["--completions", shell])
  assert.deepStrictEqual([code, stderr], [0, ""])
  const path = join(yield* Fixtures.folder, `completions.${shell}`)
  writeFileSync(path, stdout)
  return path
})
