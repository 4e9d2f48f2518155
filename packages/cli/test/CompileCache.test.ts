/** The folder of the compiled code: one that no other user can write to. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import * as CompileCache from "../src/CompileCache.ts"
import * as Fixtures from "./support/Fixtures.ts"

describe("folder", () => {
  it.effect("is in the user's cache folder, on each system", () =>
    Effect.gen(function* () {
      const HOME = yield* Fixtures.folder
      const XDG_CACHE_HOME = yield* Fixtures.folder
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

  it("is undefined without a cache folder", () => {
    for (const platform of ["linux", "darwin", "win32"]) assert.isUndefined(CompileCache.folder(platform, {}))
    assert.isUndefined(CompileCache.folder("linux", { HOME: "" }))
    assert.isUndefined(CompileCache.folder("linux", { HOME: "/no/such/folder" }))
  })

  it.effect("is undefined in the home folder of another user", () =>
    Effect.gen(function* () {
      const HOME = yield* Fixtures.folder
      const stranger = (process.getuid?.() ?? 0) + 1
      assert.isUndefined(CompileCache.folder("linux", { HOME }, stranger))
    }).pipe(Effect.scoped)
  )
})
