/** Measures a library's first import in a new process: milliseconds and modules. */
import { Effect, Record } from "effect"
import { execFile } from "node:child_process"
import { interleaved, type Rounds } from "../Rounds.ts"

/** The imports of a program, as in the introduction of each library. */
const imported: Record<string, ReadonlyArray<string>> = {
  "openapi-fetch": ["openapi-fetch"],
  ky: ["ky"],
  axios: ["axios"],
  undici: ["undici"],
  "HttpClient by hand": ["effect", "effect/http"],
  HttpApiClient: ["effect", "effect/http", "effect/http-api", "@metal-otp/schema"],
  "metal-otp": ["effect", "effect/http", "@metal-otp/client"],
  "metal-otp, by modules": [
    "effect/Effect",
    "effect/Redacted",
    "effect/http/FetchHttpClient",
    "@metal-otp/client/OtpsClient"
  ]
}

const load = (specifiers: ReadonlyArray<string>) =>
  `await Promise.all([${specifiers.map((specifier) => `import("${specifier}")`).join(", ")}])`

const timed = (specifiers: ReadonlyArray<string>) =>
  `const begin = performance.now(); ${load(specifiers)}; console.log(performance.now() - begin)`

const counted = (specifiers: ReadonlyArray<string>) => `
import { registerHooks } from "node:module"
let modules = 0
let bytes = 0
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (url.startsWith("file:")) {
      modules++
      bytes += Buffer.byteLength(loaded.source ?? "")
    }
    return loaded
  }
})
${load(specifiers)}
console.log(modules, bytes)`

/** Runs a JavaScript module in a new process, and returns the numbers that it prints. */
const printed = (code: string) =>
  Effect.callback<ReadonlyArray<number>>((resume) => {
    execFile(process.execPath, ["--input-type=module", "--eval", code], { cwd: import.meta.dirname }, (error, stdout) =>
      resume(error === null ? Effect.succeed(stdout.split(" ").map(Number)) : Effect.die(error))
    )
  })

export const run = Effect.fnUntraced(function* (rounds: Rounds) {
  const milliseconds = yield* interleaved(
    Object.entries(imported).map(([name, specifiers]) => [
      name,
      Effect.map(printed(timed(specifiers)), ([time = Number.NaN]) => time)
    ]),
    rounds
  )
  return yield* Effect.all(
    Record.map(milliseconds, (milliseconds, name) =>
      Effect.map(printed(counted(imported[name] ?? [])), ([modules = 0, bytes = 0]) => ({
        milliseconds,
        modules,
        bytes
      }))
    )
  )
})
