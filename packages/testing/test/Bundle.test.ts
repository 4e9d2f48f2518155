/** What a bundle has that imports only the client. */
import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

/** The modules in a bundle, its size, and its imports of Node. */
const bundled = async (specifier: string) => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: `export * from "${specifier}"`, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@metal-otp/source", "browser"],
    external: ["node:*"],
    logLevel: "silent"
  })
  const modules = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>")
  const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return {
    modules: modules.map((path) => path.replace(/^.*packages\//, "")),
    ofNode: imports.filter((path) => path.startsWith("node:")),
    bytes: outputFiles.reduce((sum, { contents }) => sum + contents.length, 0)
  }
}

const client = [
  "emulator/src/EmulatorError.ts",
  "emulator/src/PromiseClient.ts",
  "emulator/src/internal/promiseCalls.ts"
]

describe("the client", () => {
  it("has three modules, without the server, Effect or Node", async () => {
    const { bytes, modules, ofNode } = await bundled("@metal-otp/testing/client")
    assert.sameMembers(modules, [...client, "testing/src/Client.ts"])
    assert.deepStrictEqual(ofNode, [])
    assert.isBelow(bytes, 6000)
  })

  it("has the same modules from the emulator's package", async () => {
    const { modules } = await bundled("@metal-otp/emulator/PromiseClient")
    assert.sameMembers(modules, client)
  })

  it("has many more modules with startEmulator, so the checks above can fail", async () => {
    const { modules, ofNode } = await bundled("@metal-otp/testing")
    assert.isAbove(modules.length, 100)
    assert.include(ofNode, "node:http")
  })
})
