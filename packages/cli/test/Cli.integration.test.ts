/** The binary as it is published: its version, its help, and its files. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { join } from "node:path"
import * as Binary from "./support/Binary.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const dist = fileURLToPath(new URL("../dist", import.meta.url))
const { dependencies, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

describe("the binary", () => {
  it.effect("prints its version, and the same help as the program in this process", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Binary.run(["--version"]), {
        code: 0,
        stdout: `metal-otp ${version}\n`,
        stderr: ""
      })
      for (const args of [["--help"], ["emulator", "--help"]]) {
        assert.deepStrictEqual(yield* Binary.run(args), yield* InProcess.run(args))
      }
    })
  )

  it.effect("caches its compiled code in the user's cache folder, and works without one", () =>
    Effect.gen(function* () {
      const HOME = yield* Fixtures.folder
      const version = (env: Record<string, string>) =>
        Binary.run(["--version"], { env: { NODE_COMPILE_CACHE: "", ...env } })
      assert.strictEqual((yield* version({ HOME })).code, 0)
      assert.isAbove(readdirSync(join(HOME, ".cache", "metal-otp")).length, 0)
      const bare = yield* Fixtures.folder
      assert.strictEqual((yield* version({ HOME: bare, NODE_DISABLE_COMPILE_CACHE: "1" })).code, 0)
      assert.isFalse(existsSync(join(bare, ".cache")))
      const { code, stderr } = yield* version({ XDG_CACHE_HOME: "/dev/null" })
      assert.deepStrictEqual([code, stderr], [0, ""])
    }).pipe(Effect.scoped)
  )

  it("needs no other package, and has the licence of each package in the bundle", () => {
    assert.isUndefined(dependencies)
    const maps = readdirSync(dist).filter((name) => name.endsWith(".map"))
    const sources = maps.flatMap((name): ReadonlyArray<string> => {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(dist, name), "utf8"))
      assert.isUndefined(sourcesContent)
      return sources
    })
    const names = new Set(
      sources.flatMap((source) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.slice(1) ?? [])
    )
    assert.includeMembers([...names], ["effect", "@effect/platform-node", "ws", "otpauth", "uqr"])
    const licenses = readFileSync(join(dist, "THIRD_PARTY_LICENSES.txt"), "utf8")
    for (const name of names) assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\w+.*\\)$`, "m"))
    assert.isAtLeast(licenses.split(/^Permission (?:is hereby granted|to use)/m).length, names.size)
    // Code of others in effect.
    for (const owner of ["Tomas Della Vedova", "SmartBear", "Robert Kieffer", "Eemeli Aro"])
      assert.include(licenses, owner)
  })

  it("is executable", () => {
    assert.strictEqual(statSync(join(dist, "bin.js")).mode & 0o111, 0o111)
    assert.match(readFileSync(join(dist, "bin.js"), "utf8"), /^#!\/usr\/bin\/env node\n/)
  })
})
