/** Where results are kept: as JSON, as a plot, and as tables between two marks of the document. */
import { Effect, FileSystem, Path, Schema } from "effect"
import * as Plot from "./Plot.ts"
import * as Report from "./Report.ts"
import { Results } from "./Results.ts"

const begin = "<!-- results: written by npm run bench -->"
const end = "<!-- end of results -->"

const Json = Schema.fromJsonString(Results)

const files = Effect.map(Path.Path, (path) => {
  const root = path.join(import.meta.dirname, "../..")
  return {
    results: path.join(root, "bench/results/latest.json"),
    plot: path.join(root, "docs/bench.svg"),
    document: path.join(root, "docs/benchmarks.md")
  }
})

/** The results of the last run that was kept. */
export const read = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return yield* Schema.decodeEffect(Json)(yield* fs.readFileString((yield* files).results))
})

/** Keeps results in all three places. */
export const write = Effect.fnUntraced(function* (results: Results) {
  const fs = yield* FileSystem.FileSystem
  const { document, plot, results: json } = yield* files
  yield* fs.writeFileString(json, `${JSON.stringify(yield* Schema.encodeEffect(Results)(results), null, 2)}\n`)
  yield* fs.writeFileString(plot, Plot.svg(results))
  const [before, after] = (yield* fs.readFileString(document)).split(new RegExp(`(?<=${begin})[^]*(?=${end})`))
  if (before === undefined || after === undefined) return yield* Effect.die(`${document} has lost its marks`)
  yield* fs.writeFileString(document, `${before}\n\n${Report.markdown(results)}\n\n${after}`)
})
