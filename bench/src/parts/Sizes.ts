/** Measures programs as a browser loads them: bundled by esbuild, minified, `gzip -9`. */
import { Array, Effect, Order, Record } from "effect"
import { build } from "esbuild"
import { gzipSync } from "node:zlib"

/** Programs that are complete by themselves, below `src`. */
const alone = {
  fetch: "./peers/Fetch.ts",
  openapiFetch: "./peers/OpenapiFetch.ts",
  ky: "./peers/Ky.ts",
  axios: "./peers/Axios.ts"
}

/** Programs that can be part of an app that already uses Effect. */
const onEffect = {
  effectByHand: "./peers/EffectByHand.ts",
  httpApiClient: "./peers/HttpApi.ts",
  ours: "./peers/Ours.ts",
  oursOneOperation: "./sizes/OneOperation.ts",
  oursPromise: "./sizes/Promises.ts"
}

const all = (module: string) => `export * from "${module}"`

const app = all("./sizes/App.ts")

const transport = 'export { layer } from "effect/http/FetchHttpClient"; export { runPromise } from "effect/Effect"'

const unwanted = /effect\/dist\/http-api|packages\/emulator|@effect\/|schema\/dist\/Api\b/

const bundle = (...lines: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const { metafile, outputFiles } = await build({
      stdin: { contents: lines.join("\n"), resolveDir: `${import.meta.dirname}/..`, loader: "ts" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      legalComments: "none",
      write: false,
      metafile: true,
      logLevel: "silent"
    })
    const code = Buffer.concat(outputFiles.map(({ contents }) => contents))
    const modules = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    )
    return {
      minified: code.length,
      gzipped: gzipSync(code, { level: 9 }).length,
      modules: Record.fromEntries(modules.filter(([, bytes]) => bytes > 0))
    }
  })

type Bundle = Effect.Success<ReturnType<typeof bundle>>

const short = (path: string) => path.replace(/^.*(?:node_modules|packages)\//, "").replace("/dist/", "/")

const difference = (larger: Bundle, smaller: Bundle) =>
  Object.entries(larger.modules)
    .map(([path, bytes]) => ({ module: short(path), bytes: bytes - (smaller.modules[path] ?? 0) }))
    .filter(({ bytes }) => bytes > 0)

const size = ({ gzipped, minified }: Bundle) => ({ minified, gzipped })

/** The gzipped bytes that our client for Effect 3 adds to the same app on Effect 3. */
const onEffect3 = Effect.gen(function* () {
  const app = all("../../packages/effect3/bench/App.ts")
  const base = yield* bundle(app)
  const together = yield* bundle(app, all("../../packages/effect3/bench/Ours.ts"))
  return { app: base.gzipped, increment: together.gzipped - base.gzipped }
})

export const run = Effect.gen(function* () {
  const base = yield* bundle(app)
  const withOurs = yield* bundle(app, all(onEffect.ours))
  const ours = yield* bundle(all(onEffect.ours), transport)
  const standing = yield* Effect.all(Record.map(alone, (module) => Effect.map(bundle(all(module)), size)))
  const added = yield* Effect.all(
    Record.map(onEffect, (module) =>
      Effect.zipWith(bundle(all(module), transport), bundle(app, all(module)), (alone, together) => ({
        ...size(alone),
        increment: together.gzipped - base.gzipped
      }))
    )
  )
  return {
    app: base.gzipped,
    programs: { ...standing, ...added },
    effect3: yield* onEffect3,
    contents: Array.sortWith(difference(withOurs, base), ({ bytes }) => bytes, Order.flip(Order.Number)),
    unwanted: Object.keys(ours.modules)
      .filter((path) => unwanted.test(path))
      .map(short)
  }
})
