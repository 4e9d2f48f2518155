/** Where compiled code may be kept: where nobody else can put any. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import * as CompileCache from "../src/CompileCache.ts"
import * as World from "./support/World.ts"

describe("folder", () => {
  it.effect("is below the caches of the user, on each system", () =>
    Effect.gen(function* () {
      const HOME = yield* World.folder
      const XDG_CACHE_HOME = yield* World.folder
      assert.strictEqual(CompileCache.folder("linux", { HOME }), join(HOME, ".cache", "metal-otp"))
      assert.strictEqual(CompileCache.folder("linux", { HOME, XDG_CACHE_HOME }), join(XDG_CACHE_HOME, "metal-otp"))
      assert.strictEqual(
        CompileCache.folder("linux", { HOME, XDG_CACHE_HOME: "relative" }),
        join(HOME, ".cache", "metal-otp")
      )
      assert.strictEqual(CompileCache.folder("darwin", { HOME }), join(HOME, "Library", "Caches", "metal-otp"))
      assert.strictEqual(CompileCache.folder("win32", { LOCALAPPDATA: HOME }), join(HOME, "metal-otp"))
    }).pipe(Effect.scoped)
  )

  it("is nowhere when there is no such place, or it is somebody else's", () => {
    for (const platform of ["linux", "darwin", "win32"]) assert.isUndefined(CompileCache.folder(platform, {}))
    assert.isUndefined(CompileCache.folder("linux", { HOME: "" }))
    assert.isUndefined(CompileCache.folder("linux", { HOME: "/no/such/folder" }))
  })

  it.effect("is not in the home of another user", () =>
    Effect.gen(function* () {
      const HOME = yield* World.folder
      const stranger = (process.getuid?.() ?? 0) + 1
      assert.isUndefined(CompileCache.folder("linux", { HOME }, stranger))
    }).pipe(Effect.scoped)
  )
})
