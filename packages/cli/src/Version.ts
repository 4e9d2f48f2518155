/**
 * The version of this package.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

/** Reads the version from `package.json`, which is one folder above `dist` and `src`. */
export const version = Effect.gen(function* () {
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const file = yield* path.fromFileUrl(new URL("../package.json", import.meta.url))
  return (yield* decode(yield* fs.readFileString(file))).version
}).pipe(Effect.orDie)
