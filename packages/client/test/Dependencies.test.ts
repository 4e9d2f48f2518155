/** The packages that an installation brings along. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"

const Named = Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))

const Manifest = Schema.Struct({
  dependencies: Named,
  optionalDependencies: Named,
  peerDependencies: Named,
  peerDependenciesMeta: Named,
  scripts: Named
})

const Root = Schema.Struct({ allowScripts: Schema.Record(Schema.String, Schema.Boolean) })

const Lockfile = Schema.Struct({
  packages: Schema.Record(
    Schema.String,
    Schema.Struct({
      integrity: Schema.optionalKey(Schema.String),
      link: Schema.optionalKey(Schema.Boolean),
      hasInstallScript: Schema.optionalKey(Schema.Boolean)
    })
  )
})

const read = <A>(schema: Schema.ConstraintDecoder<A>, path: string) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(
    readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
  )

const named = (path: string) =>
  Effect.map(read(Manifest, path), (manifest) =>
    Object.fromEntries(Object.entries(manifest).map(([kind, names]) => [kind, Object.keys(names)]))
  )

describe("dependencies", () => {
  it.effect(
    "core has none, schema has core, the client has both, their only required peer is effect, and none runs a script",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* named("packages/client/package.json"), {
          dependencies: ["@metal-otp/core", "@metal-otp/schema"],
          peerDependencies: ["effect", "otpauth"],
          // It is optional: only the module `Totp` needs it, and no other module imports that.
          peerDependenciesMeta: ["otpauth"]
        })
        assert.deepStrictEqual(yield* named("packages/schema/package.json"), {
          dependencies: ["@metal-otp/core"],
          peerDependencies: ["effect"]
        })
        assert.deepStrictEqual(yield* named("packages/core/package.json"), {})
      })
  )

  it.effect("only the install scripts that package.json allows run", () =>
    Effect.gen(function* () {
      const { allowScripts } = yield* read(Root, "package.json")
      const { packages } = yield* read(Lockfile, "package-lock.json")
      const withScript = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
        hasInstallScript === true ? [path.replace(/^.*node_modules\//, "")] : []
      )
      assert.sameMembers(Object.keys(allowScripts), withScript)
      assert.deepStrictEqual(
        Object.keys(allowScripts).filter((name) => allowScripts[name]),
        ["node"]
      )
    })
  )

  it.effect("the lockfile has a hash of each package", () =>
    Effect.gen(function* () {
      const { packages } = yield* read(Lockfile, "package-lock.json")
      const unpinned = Object.entries(packages).flatMap(([path, { integrity, link }]) =>
        path.includes("node_modules/") && link !== true && !integrity?.startsWith("sha512-") ? [path] : []
      )
      assert.deepStrictEqual(unpinned, [])
    })
  )
})
