/**
 * Bundles the packages that include their dependencies: `cli` and `testing`. With a name, it bundles only that package. It
 * skips bundles that are up to date.
 */
import { build, type Plugin } from "esbuild"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Bundle, forNode, make, options, pageBeside } from "./bundle/Bundle.ts"
import { copyDeclarations } from "./bundle/declarations.ts"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))

const cli: Bundle = {
  name: "cli",
  build: async (dist) => {
    const program: typeof options = {
      ...forNode,
      entryPoints: ["packages/cli/src/bin.ts"],
      outdir: dist,
      plugins: [pageBeside(dist)]
    }
    return { metafiles: [(await build(program)).metafile] }
  }
}

/** Imports the client from its own file, so that there is one class of its errors whichever module a test imports. */
const externalClient: Plugin = {
  name: "client",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/Client\.ts$|^@metal-otp\/emulator\/(?:PromiseClient|EmulatorError)$/ }, () => ({
      path: "./client.js",
      external: true
    }))
  }
}

const testing: Bundle = {
  name: "testing",
  build: async (outdir) => {
    const sources = "packages/testing/src"
    const plugins = [pageBeside(outdir), externalClient]
    const client: typeof options = { ...options, platform: "neutral", target: "es2022" }
    const built = await Promise.all([
      build({ ...client, entryPoints: { client: `${sources}/Client.ts` }, outdir }),
      build({ ...forNode, entryPoints: { index: `${sources}/index.ts` }, outdir, plugins })
    ])
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "packages/testing"], { stdio: "inherit" })
    const declared = copyDeclarations(
      "testing",
      ["index", "Client"],
      (name) => (name === "testing" ? "node_modules/.cache/tsc/testing" : `packages/${name}/dist`),
      `${outdir}/types`
    )
    return { metafiles: built.map(({ metafile }) => metafile), sources: declared }
  }
}

const wanted = process.argv.slice(2)
await Promise.all([cli, testing].filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(make))
