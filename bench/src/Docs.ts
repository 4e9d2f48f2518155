/** Stores results as JSON, and as tables between two marks in `docs/benchmarks.md`. */
import { Effect, FileSystem, Path, Schema } from "effect"
import * as Report from "./Report.ts"
import { LoadResults } from "./load/Results.ts"
import * as LoadReport from "./load/Report.ts"
import { Results } from "./Results.ts"
import * as ServiceReport from "./service/Report.ts"
import { ServiceResults } from "./service/Results.ts"

const Json = Schema.fromJsonString(Results)

const LoadJson = Schema.fromJsonString(LoadResults)

const ServiceJson = Schema.fromJsonString(ServiceResults)

const files = Effect.map(Path.Path, (path) => {
  const root = path.join(import.meta.dirname, "../..")
  return {
    results: path.join(root, "bench/results/latest.json"),
    load: path.join(root, "bench/results/load.json"),
    service: path.join(root, "bench/results/service.json"),
    document: path.join(root, "docs/benchmarks.md")
  }
})

/** Reads the stored results. */
export const read = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return yield* Schema.decodeEffect(Json)(yield* fs.readFileString((yield* files).results))
})

/** Replaces the text between two marks in the document. */
const put = Effect.fnUntraced(function* (marks: { readonly begin: string; readonly end: string }, text: string) {
  const fs = yield* FileSystem.FileSystem
  const { document } = yield* files
  const parts = (yield* fs.readFileString(document)).split(new RegExp(`(?<=${marks.begin})[^]*(?=${marks.end})`))
  const [before, after] = parts
  if (before === undefined || after === undefined) return yield* Effect.die(`${document} has lost its marks`)
  yield* fs.writeFileString(document, `${before}\n\n${text}\n\n${after}`)
})

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** Stores results as JSON and in the document. */
export const write = Effect.fnUntraced(function* (results: Results) {
  const fs = yield* FileSystem.FileSystem
  const { results: file } = yield* files
  yield* fs.writeFileString(file, json(yield* Schema.encodeEffect(Results)(results)))
  yield* put(
    { begin: "<!-- results: written by npm run bench -->", end: "<!-- end of results -->" },
    Report.markdown(results)
  )
})

/** Stores runs under load as JSON and in the document, and keeps the run with the other store. */
export const writeLoad = Effect.fnUntraced(function* (runs: LoadResults) {
  const fs = yield* FileSystem.FileSystem
  const { load } = yield* files
  const before = (yield* fs.exists(load)) ? yield* Schema.decodeEffect(LoadJson)(yield* fs.readFileString(load)) : {}
  const all = { ...before, ...runs }
  yield* fs.writeFileString(load, json(yield* Schema.encodeEffect(LoadResults)(all)))
  yield* put(
    { begin: "<!-- load: written by npm run bench:load -->", end: "<!-- end of load -->" },
    LoadReport.markdown(all)
  )
})

/** Stores the comparison of servers as JSON and in the document. */
export const writeService = Effect.fnUntraced(function* (results: ServiceResults) {
  const fs = yield* FileSystem.FileSystem
  const { service } = yield* files
  yield* fs.writeFileString(service, json(yield* Schema.encodeEffect(ServiceResults)(results)))
  yield* put(
    { begin: "<!-- service: written by npm run bench:service -->", end: "<!-- end of service -->" },
    ServiceReport.markdown(results)
  )
})

/** Writes all stored results into the document again. */
export const render = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { service } = yield* files
  yield* write(yield* read)
  yield* writeLoad({})
  yield* writeService(yield* Schema.decodeEffect(ServiceJson)(yield* fs.readFileString(service)))
})
