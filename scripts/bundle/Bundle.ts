/**
 * A package that is published with all that it uses in it. What is up to date is left alone.
 */
import type { BuildOptions, Metafile, Plugin } from "esbuild"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { licenses } from "./licenses.ts"

const page = "packages/emulator/src/internal/page"

/** Of what no package brings along. */
const moreLicenses = "packages/cli/licenses"

const ownFiles = ["package-lock.json", "scripts/bundle.ts", "scripts/bundle/Bundle.ts", "scripts/bundle/licenses.ts"]

/** A bundle. */
export interface Bundle {
  /** The package. */
  readonly name: string
  /** Makes all that is in a folder; says what it made it of, besides what esbuild says. */
  readonly build: (dist: string) => Promise<{
    readonly metafiles: ReadonlyArray<Metafile>
    readonly sources?: ReadonlyArray<string>
  }>
}

/** Of all builds. */
export const options: BuildOptions & { readonly metafile: true } = {
  bundle: true,
  format: "esm",
  conditions: ["@metal-otp/source"],
  // In a file of their own.
  legalComments: "none",
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: "warning"
}

/** Of what runs on Node: in chunks that are loaded when they are needed. */
export const forNode: typeof options = {
  ...options,
  splitting: true,
  platform: "node",
  target: "node22.19",
  chunkNames: "[name]-[hash]",
  // CommonJS that is inlined asks for Node's own modules.
  banner: {
    js: `import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);`
  }
}

/** The page's files lie beside the chunks. */
export const pageBeside = (dist: string): Plugin => ({
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
})

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((file) =>
    file.isFile() ? [join(file.parentPath, file.name)] : []
  )

/** The files of others of which there is something in the bundle. */
const inlined = (metafiles: ReadonlyArray<Metafile>) => {
  const files = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))
  return [...new Set(files)].filter((file) => file.includes("node_modules/"))
}

const stamp = (file: string) => {
  const { mtimeMs, size } = statSync(file)
  return `${mtimeMs} ${size}`
}

const keptOf = (name: string) => `node_modules/.cache/bundle/${name}.json`

/** Whether all that the last bundle was made of, and all that it is, is as it was. */
const isUpToDate = (name: string) => {
  const kept = keptOf(name)
  if (!existsSync(kept)) return false
  const before: Record<string, string> = JSON.parse(readFileSync(kept, "utf8"))
  return Object.entries(before).every(([file, before]) => existsSync(file) && stamp(file) === before)
}

/** Makes it, unless it is as it was. */
export const make = async ({ build, name }: Bundle): Promise<void> => {
  if (isUpToDate(name)) return
  const dist = `packages/${name}/dist`
  rmSync(dist, { recursive: true, force: true })
  const { metafiles, sources = [] } = await build(dist)
  writeFileSync(join(dist, "THIRD_PARTY_LICENSES.txt"), licenses(inlined(metafiles), moreLicenses))
  const files = [
    ...metafiles.flatMap(({ inputs }) => Object.keys(inputs).map((file) => resolve(file))),
    ...sources,
    ...filesBelow(dist),
    ...filesBelow(moreLicenses),
    ...filesBelow(join(page, "browser")),
    ...ownFiles,
    `packages/${name}/package.json`
  ]
  mkdirSync(dirname(keptOf(name)), { recursive: true })
  writeFileSync(keptOf(name), JSON.stringify(Object.fromEntries(files.map((file) => [file, stamp(file)]))))
}
