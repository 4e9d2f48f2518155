/** Paths of databases for tests. */
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import { existsSync } from "node:fs"

/** Linux has this directory in memory. There, SQLite does not wait for a disk. */
const memory = "/dev/shm"

/** A path in a new directory, which is removed when the scope closes. */
export const temporaryDatabase = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped(existsSync(memory) ? { directory: memory } : {})
  return `${directory}/emulator.sqlite`
}).pipe(Effect.provide(NodeServices.layer))
