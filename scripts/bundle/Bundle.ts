/** Bundles a package with its dependencies, unless the bundle is up to date. */
import type { BuildOptions, Metafile, Plugin } from "esbuild"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { licenses } from "./licenses.ts"

const page = "packages/emulator/src/internal/page"

/** Licences of code that is in no package. */
const moreLicenses = "packages/cli/licenses"

/** A change of these files makes all bundles out of date. */
const ownFiles = ["package-lock.json", "scripts/bundle.ts", "scripts/bundle/Bundle.ts", "scripts/bundle/licenses.ts"]

export interface Bundle {
  /** The folder of the package, below `packages`. */
  readonly name: string
  /** Writes the bundle into a folder. Returns esbuild's metafiles, and the source files that are not in them. */
  readonly build: (dist: string) => Promise<{
    readonly metafiles: ReadonlyArray<Metafile>
    readonly sources?: ReadonlyArray<string>
  }>
}

/** The options of every bundle. */
export const options: BuildOptions & { readonly metafile: true } = {
  bundle: true,
  format: "esm",
  conditions: ["@metal-otp/source"],
  // THIRD_PARTY_LICENSES.txt has them.
  legalComments: "none",
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: "warning"
}

/** The options for Node, with chunks that it loads on demand. */
export const forNode: typeof options = {
  ...options,
  splitting: true,
  platform: "node",
  target: "node22.19",
  chunkNames: "[name]-[hash]",
  // A module has none. In CommonJS of `node --eval` there is a global one, which is no path.
  define: { __filename: "undefined" },
  // Bundled CommonJS modules call `require` for Node's own modules.
  banner: {
    js: `import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);`
  }
}

/** Copies the emulator's page beside the chunks, and points its module `folder.ts` there. */
export const pageBeside = (dist: string): Plugin => ({
  name: "page",
  setup: ({ onEnd, onLoad }) => {
    let replaced = false
    onLoad({ filter: /\/internal\/page\/folder\.ts$/ }, () => {
      replaced = true
      return { contents: `export const folder = new URL("page/", import.meta.url)`, loader: "js" }
    })
    onEnd(() => {
      if (!replaced) return { errors: [{ text: `no module imports ${page}/folder.ts` }] }
      cpSync(join(page, "browser"), join(dist, "page"), { recursive: true })
      return {}
    })
  }
})

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((file) =>
    file.isFile() ? [join(file.parentPath, file.name)] : []
  )

/** The files of other packages with code in the bundle. */
const bundledFiles = (metafiles: ReadonlyArray<Metafile>) => {
  const files = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))
  return [...new Set(files)].filter((file) => file.includes("node_modules/"))
}

/** Changes when the file does. */
const stamp = (file: string) => {
  const { mtimeMs, size } = statSync(file)
  return `${mtimeMs} ${size}`
}

const stampsFile = (name: string) => `node_modules/.cache/bundle/${name}.json`

/** Whether no input and no output has changed since the last build. */
const isUpToDate = (name: string) => {
  if (!existsSync(stampsFile(name))) return false
  const stamps: Record<string, string> = JSON.parse(readFileSync(stampsFile(name), "utf8"))
  return Object.entries(stamps).every(([file, before]) => existsSync(file) && stamp(file) === before)
}

/** Writes the bundle and its licences to the package's `dist`, unless it is up to date. */
export const make = async ({ build, name }: Bundle): Promise<void> => {
  if (isUpToDate(name)) return
  const dist = `packages/${name}/dist`
  rmSync(dist, { recursive: true, force: true })
  const { metafiles, sources = [] } = await build(dist)
  writeFileSync(join(dist, "THIRD_PARTY_LICENSES.txt"), licenses(bundledFiles(metafiles), moreLicenses))
  const files = [
    ...metafiles.flatMap(({ inputs }) => Object.keys(inputs).map((file) => resolve(file))),
    ...sources,
    ...filesBelow(dist),
    ...filesBelow(moreLicenses),
    ...filesBelow(join(page, "browser")),
    ...ownFiles,
    `packages/${name}/package.json`
  ]
  mkdirSync(dirname(stampsFile(name)), { recursive: true })
  writeFileSync(stampsFile(name), JSON.stringify(Object.fromEntries(files.map((file) => [file, stamp(file)]))))
}
