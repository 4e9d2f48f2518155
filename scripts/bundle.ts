/**
 * Makes the command line's binary, `packages/cli/dist`: the whole program with
 * all that it uses, in chunks that are loaded when they are needed. What is up to
 * date is left alone.
 */
import { build, type Metafile, type Plugin } from "esbuild"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { licenses } from "./bundle/licenses.ts"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))

const dist = "packages/cli/dist"
const page = "packages/emulator/src/internal/page"
const kept = "node_modules/.cache/bundle/cli.json"
const ownFiles = ["package-lock.json", "packages/cli/package.json", "scripts/bundle.ts", "scripts/bundle/licenses.ts"]

const filesIn = (folder: string) => readdirSync(folder).map((name) => join(folder, name))

/** The page's files lie beside the chunks. */
const pageBeside: Plugin = {
  name: "page",
  setup: ({ onEnd, onLoad }) => {
    let replaced = false
    onLoad({ filter: /\/internal\/page\/folder\.ts$/ }, () => {
      replaced = true
      return { contents: `export const folder = new URL("page/", import.meta.url)`, loader: "js" }
    })
    onEnd(() => {
      if (!replaced) return { errors: [{ text: `nobody asked for ${page}/folder.ts` }] }
      cpSync(join(page, "browser"), join(dist, "page"), { recursive: true })
      return {}
    })
  }
}

const bundle = async () => {
  rmSync(dist, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: ["packages/cli/src/bin.ts"],
    outdir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.19",
    conditions: ["@metal-otp/source"],
    chunkNames: "[name]-[hash]",
    // CommonJS that is inlined asks for Node's own modules.
    banner: {
      js: `import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);`
    },
    // In a file of their own.
    legalComments: "none",
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: "warning",
    plugins: [pageBeside]
  })
  writeFileSync(join(dist, "THIRD_PARTY_LICENSES.txt"), licenses(inlined(metafile), "packages/cli/licenses"))
  return metafile
}

/** The files of others of which there is something in the bundle. */
const inlined = ({ outputs }: Metafile) =>
  [...new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))].filter((file) =>
    file.includes("node_modules/")
  )

const stamp = (file: string) => {
  const { mtimeMs, size } = statSync(file)
  return `${mtimeMs} ${size}`
}

const stamps = (files: Iterable<string>) => Object.fromEntries(Array.from(files, (file) => [file, stamp(file)]))

/** Whether all that the last bundle was made of, and all that it is, is as it was. */
const isUpToDate = () => {
  if (!existsSync(kept)) return false
  const before: Record<string, string> = JSON.parse(readFileSync(kept, "utf8"))
  return Object.entries(before).every(([file, before]) => existsSync(file) && stamp(file) === before)
}

if (!isUpToDate()) {
  const { inputs, outputs } = await bundle()
  const sources = Object.keys(inputs).map((file) => resolve(file))
  mkdirSync(dirname(kept), { recursive: true })
  writeFileSync(
    kept,
    JSON.stringify(
      stamps([
        ...sources,
        ...Object.keys(outputs),
        join(dist, "THIRD_PARTY_LICENSES.txt"),
        ...filesIn(join(dist, "page")),
        ...ownFiles,
        ...filesIn("packages/cli/licenses"),
        ...filesIn(join(page, "browser"))
      ])
    )
  )
}
