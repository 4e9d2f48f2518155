/** A bundler keeps only the modules that a program uses. */
import { assert, describe, it } from "@effect/vitest"
import { build, type Plugin } from "esbuild"
import { beforeAll } from "vitest"

/** The programs, as files that do not exist on disk. */
const virtual = (programs: ReadonlyArray<string>): Plugin => ({
  name: "programs",
  setup(build) {
    build.onResolve({ filter: /^program:/ }, ({ path }) => ({ path, namespace: "programs" }))
    build.onLoad({ filter: /^program:/ }, ({ path }) => ({
      contents: programs[Number(path.slice("program:".length))] ?? "",
      resolveDir: import.meta.dirname,
      loader: "ts"
    }))
  }
})

/** Bundles programs, and gives for each the modules of its bundle. One build parses the modules that they share once. */
const bundle = async (...programs: ReadonlyArray<string>) => {
  const { metafile } = await build({
    entryPoints: programs.map((_, index) => ({ in: `program:${index}`, out: String(index) })),
    plugins: [virtual(programs)],
    outdir: "out",
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@metal-otp/source"],
    logLevel: "silent"
  })
  return programs.map((_, index) =>
    Object.entries(metafile.outputs[`out/${index}.js`]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : []
    )
  )
}

const unwanted = (modules: ReadonlyArray<string>) =>
  modules.filter((path) =>
    /effect\/dist\/(?:http-api|persistence)|packages\/emulator|platform-node|schema\/src\/Api/.test(path)
  )

const lean = [
  'import { OtpsClient } from "@metal-otp/client"; console.log(OtpsClient.layer)',
  'import { OtpsClient } from "@metal-otp/client"; import { Otp, OtpsError } from "@metal-otp/schema"; console.log(OtpsClient.layer, Otp.make, OtpsError.OtpsError)',
  'import { Otp, OtpsClient, OtpsError, RecoveryCodeList } from "@metal-otp/client"; console.log(OtpsClient.layer, Otp.OtpFromString, OtpsError.is, RecoveryCodeList.values)',
  'import * as Otp from "@metal-otp/schema/Otp"; console.log(Otp.make)'
]

const contract = 'import { Api } from "@metal-otp/schema"; console.log(Api.MetalOtp)'

describe("a bundle", () => {
  let bundles: ReadonlyArray<ReadonlyArray<string>> = []

  beforeAll(async () => {
    bundles = await bundle(...lean, contract)
  })

  it.each(lean.map((program, index) => ({ program, index })))(
    "of $program has nothing of http-api, the emulator or a platform",
    ({ index }) => {
      const modules = bundles[index] ?? []
      assert.isAbove(modules.length, 20)
      assert.deepStrictEqual(unwanted(modules), [])
    }
  )

  it("of the contract has http-api, so the check above can fail", () => {
    assert.isAbove(unwanted(bundles.at(-1) ?? []).length, 1)
  })

  it.each(["@metal-otp/client/internal/operations", "@metal-otp/core/internal/systemEvidence"])(
    "can't import %s, which is internal",
    async (module) => {
      const error = await bundle(`export * from "${module}"`).then(
        () => "it was bundled",
        (error: Error) => error.message
      )
      assert.match(error, /Could not resolve/)
    }
  )
})
