import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

/** The modules that a bundler keeps for a program that imports this. */
const bundled = async (contents: string) => {
  const { metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@metal-otp/source"],
    logLevel: "silent"
  })
  const [output] = Object.values(metafile.outputs)
  return Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
}

const unwanted = (modules: ReadonlyArray<string>) =>
  modules.filter((path) =>
    /effect\/dist\/(?:http-api|persistence)|packages\/emulator|platform-node|schema\/src\/Api/.test(path)
  )

describe("bundle", () => {
  it.each([
    'import { OtpsClient } from "@metal-otp/client"; console.log(OtpsClient.layer)',
    'import { OtpsClient } from "@metal-otp/client"; import { Otp, OtpsError } from "@metal-otp/schema"; console.log(OtpsClient.layer, Otp.make, OtpsError.OtpsError)',
    'import { Otp, OtpsClient, OtpsError, RecoveryCodeList } from "@metal-otp/client"; console.log(OtpsClient.layer, Otp.OtpFromString, OtpsError.is, RecoveryCodeList.values)',
    'import * as Otp from "@metal-otp/schema/Otp"; console.log(Otp.make)'
  ])("of %s holds nothing of http-api, the emulator or a platform", async (program) => {
    const modules = await bundled(program)
    assert.isAbove(modules.length, 20)
    assert.deepStrictEqual(unwanted(modules), [])
  })

  it("of the contract does hold http-api, so the check above can fail", async () => {
    const modules = await bundled('import { Api } from "@metal-otp/schema"; console.log(Api.MetalOtp)')
    assert.isAbove(unwanted(modules).length, 1)
  })

  it.each(["@metal-otp/client/internal/execute", "@metal-otp/schema/internal/printable"])(
    "can't be made of %s, which is closed",
    async (module) => {
      const error = await bundled(`export * from "${module}"`).then(
        () => "it was taken",
        (error: Error) => error.message
      )
      assert.match(error, /Could not resolve/)
    }
  )
})
