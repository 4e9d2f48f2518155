/** What a program gets that imports the client alone. */
import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

/** The modules that a bundler takes, and what is asked of Node. */
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
  it("is three modules, without the server, Effect or Node", async () => {
    const { bytes, modules, ofNode } = await bundled("@metal-otp/testing/client")
    assert.sameMembers(modules, [...client, "testing/src/Client.ts"])
    assert.deepStrictEqual(ofNode, [])
    assert.isBelow(bytes, 6000)
  })

  it("is the same of the emulator's package", async () => {
    const { modules } = await bundled("@metal-otp/emulator/PromiseClient")
    assert.sameMembers(modules, client)
  })

  it("is not all that starts an emulator, so the checks above can fail", async () => {
    const { modules, ofNode } = await bundled("@metal-otp/testing")
    assert.isAbove(modules.length, 100)
    assert.include(ofNode, "node:http")
  })
})
