/**
 * A file for secrets: readable by its owner only, there as a whole or not at
 * all, and never in place of another one unasked.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

/** The file can't be written. `"Exists"`: something has that name already. */
export class SaveFailed extends Schema.TaggedError<SaveFailed>("@metal-otp/cli/SaveFailed")("SaveFailed", {
  path: Schema.String,
  reason: Schema.Literals(["Exists", "Directory", "NoFolder", "Denied", "Other"])
}) {
  override get message(): string {
    return `${this.path} ${problems[this.reason]}.`
  }
}

const problems = {
  Exists: "exists already",
  Directory: "is a directory",
  NoFolder: "is in a folder that does not exist",
  Denied: "can't be written: permission denied",
  Other: "can't be written"
}

const reasonOf = ({ reason }: PlatformError): SaveFailed["reason"] => {
  switch (reason._tag) {
    case "AlreadyExists":
      return "Exists"
    case "NotFound":
      return "NoFolder"
    case "PermissionDenied":
      return "Denied"
    default:
      return "Other"
  }
}

/** A file that is ready to be written. */
interface SaveFile {
  /** Writes the text and gives the file its name. */
  readonly commit: (text: string) => Effect.Effect<void, SaveFailed>
}

/**
 * Makes sure that a file can be written, before there is anything to write: a
 * new file in the same folder, with mode 0600, which goes away with the scope
 * unless it is committed. `commit` writes it, waits until it is on the disk, and
 * links it to its name, which fails when the name is taken by then.
 *
 * A symbolic link counts as taken; with `overwrite` it is replaced, not followed.
 *
 * @param path the file
 * @param overwrite whether it may take the place of another file
 */
export const prepare = Effect.fnUntraced(function* (path: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const failed = (reason: SaveFailed["reason"]) => new SaveFailed({ path, reason })
  const orFail = Effect.mapError((error: PlatformError) => failed(reasonOf(error)))

  const taken = yield* Effect.option(fs.lstat(path))
  if (Option.isSome(taken)) {
    if (taken.value.type === "Directory") return yield* failed("Directory")
    if (!overwrite) return yield* failed("Exists")
  }

  const suffix = (yield* Random.nextIntBetween(0, 2 ** 32)).toString(36)
  const temporary = paths.join(paths.dirname(path), `.${paths.basename(path)}.${suffix}.tmp`)
  const file = yield* Effect.acquireRelease(orFail(fs.open(temporary, { flag: "wx", mode: 0o600 })), () =>
    Effect.ignore(fs.remove(temporary, { force: true }))
  )

  return {
    commit: (text) =>
      orFail(
        Effect.gen(function* () {
          yield* file.writeAll(new TextEncoder().encode(text))
          yield* file.sync
          yield* overwrite ? fs.rename(temporary, path) : fs.link(temporary, path)
        })
      )
  } satisfies SaveFile
})
