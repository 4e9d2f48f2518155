import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

const bundle = async (modules: ReadonlyArray<string>) => {
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
  return metafile.inputs
}

/** The modules of Node that a bundle imports. */
const nodeModules = async (modules: ReadonlyArray<string>) =>
  Object.values(await bundle(modules)).flatMap(({ imports }) =>
    imports.flatMap(({ path }) => (path.startsWith("node:") ? [path] : []))
  )

/** The modules of the emulator that are in a bundle. */
const ownModules = async (modules: ReadonlyArray<string>) =>
  Object.keys(await bundle(modules)).flatMap((path) => /(?:emulator\/src|^src)\/(.+)\.ts$/.exec(path)?.[1] ?? [])

describe("bundle", () => {
  it("of the emulator in memory imports no module of Node", async () => {
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

  it("of the SQLite store imports one, so the check above can fail", async () => {
    assert.include(await nodeModules(["SqliteStore"]), "node:sqlite")
  })

  it("of EmulatorClient has the contract, and no part of the server or its state", async () => {
    const clients = ["EmulatorClient", "ControlApi", "ControlModel", "ControlError"]
    assert.deepStrictEqual((await ownModules(clients)).toSorted(), [
      "ControlApi",
      "ControlError",
      "ControlModel",
      "EmulatorClient",
      "InvalidOption",
      "internal/control/basePath",
      "internal/control/openApi",
      "internal/control/parameters",
      "internal/described",
      "internal/faultRules",
      "internal/times",
      "internal/twoFactorState"
    ])
    assert.deepStrictEqual(await nodeModules(clients), [])
    const foreign = Object.keys(await bundle(clients)).filter((path) =>
      /node_modules\/(?!effect\/|@metal-otp\/)/.test(path)
    )
    assert.deepStrictEqual(foreign, [])
  })

  it("of the server has these parts, so the check above can fail", async () => {
    assert.includeMembers(await ownModules(["EmulatorServer"]), ["internal/control/handlers", "Emulator"])
  })
})
