import { assert, describe, it } from "@effect/vitest"
import { build, type Metafile } from "esbuild"

/** Bundles these modules for browsers, and returns the files in the bundle. */
const bundle = async (modules: ReadonlyArray<string>): Promise<Inputs> => {
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

type Inputs = Metafile["inputs"]

/** The modules of Node that a bundle for browsers imports. */
const nodeModules = (inputs: Inputs) =>
  Object.values(inputs).flatMap(({ imports }) =>
    imports.flatMap(({ path }) => (path.startsWith("node:") ? [path] : []))
  )

/** The emulator's own modules in a bundle. */
const ownModules = (inputs: Inputs) =>
  Object.keys(inputs).flatMap((path) => /(?:emulator\/src|^src)\/(.+)\.ts$/.exec(path)?.[1] ?? [])

describe("bundle", () => {
  it("of the emulator in memory imports no modules of Node", async () => {
    const modules = ["Emulator", "EmulatorHttpClient", "Faults", "SeededRandom", "SmsDelivery", "Store", "Totp", "View"]
    assert.deepStrictEqual(nodeModules(await bundle(modules)), [])
  })

  it("of the store in SQLite imports some, so the test above can fail", async () => {
    assert.include(nodeModules(await bundle(["SqliteStore"])), "node:sqlite")
  })

  it("of the client for the control API has its contract, and nothing of the server", async () => {
    const inputs = await bundle(["EmulatorClient", "ControlApi", "ControlModel", "ControlError"])
    assert.deepStrictEqual(ownModules(inputs).toSorted(), [
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
    assert.deepStrictEqual(nodeModules(inputs), [])
    const foreign = Object.keys(inputs).filter((path) => /node_modules\/(?!effect\/|@metal-otp\/)/.test(path))
    assert.deepStrictEqual(foreign, [])
  })

  it("of the server has its handlers, so the test above can fail", async () => {
    assert.includeMembers(ownModules(await bundle(["EmulatorServer"])), ["internal/control/handlers", "Emulator"])
  })
})
