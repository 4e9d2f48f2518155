import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

/** What a bundle for browsers would have to get from Node. */
const nodeModules = async (modules: ReadonlyArray<string>) => {
  const { metafile } = await build({
    stdin: {
      contents: modules.map((name) => `export * as ${name} from "@metal-otp/emulator/${name}"`).join("\n"),
      resolveDir: import.meta.dirname,
      loader: "ts"
    },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@metal-otp/source", "browser"],
    external: ["node:*"],
    logLevel: "silent"
  })
  return Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.flatMap(({ path }) => (path.startsWith("node:") ? [path] : []))
  )
}

describe("bundle", () => {
  it("of the emulator in memory needs nothing of Node", async () => {
    const portable = [
      "Emulator",
      "EmulatorHttpClient",
      "Faults",
      "SeededRandom",
      "SmsDelivery",
      "Store",
      "Totp",
      "View"
    ]
    assert.deepStrictEqual(await nodeModules(portable), [])
  })

  it("of the store in SQLite does, so the check above can fail", async () => {
    assert.include(await nodeModules(["SqliteStore"]), "node:sqlite")
  })
})
