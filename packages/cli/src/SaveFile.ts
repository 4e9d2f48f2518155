/**
 * Saves secrets to a file that only its owner can read. It writes the whole file or nothing, and replaces a file only if the user
 * wants that.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { printable } from "./Printable.ts"
import * as SystemError from "./SystemError.ts"

/** The file can't be written. */
export class SaveFailed extends Schema.TaggedError<SaveFailed>("@metal-otp/cli/SaveFailed")("SaveFailed", {
  path: Schema.String,
  reason: Schema.Literals(["Exists", "Directory", "Special", "NoFolder", "Denied", "Full", "ReadOnly", "Other"]),
  /** The system's error code, such as `EIO`. */
  code: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const code = this.reason === "Other" && this.code !== undefined ? ` (${this.code})` : ""
    return `${printable(this.path)} ${problems[this.reason]}${code}.`
  }
}

const problems: Record<SaveFailed["reason"], string> = {
  Exists: "exists already",
  Directory: "is a directory",
  Special: "is not a file, but a device or a pipe",
  NoFolder: "is in a folder that does not exist",
  Denied: "can't be written: permission denied",
  Full: "can't be written: the disk is full",
  ReadOnly: "can't be written: the disk is read-only",
  Other: "can't be written"
}

const reasons: Readonly<Record<string, SaveFailed["reason"]>> = {
  EEXIST: "Exists",
  ENOENT: "NoFolder",
  ENOTDIR: "NoFolder",
  EACCES: "Denied",
  EPERM: "Denied",
  ENOSPC: "Full",
  EDQUOT: "Full",
  EROFS: "ReadOnly"
}

interface SaveFile {
  /** Writes the text, and gives the file its name. */
  readonly commit: (text: string) => Effect.Effect<void, SaveFailed>
}

/**
 * Makes sure that a file can be written, before there is a text to write. It creates a temporary file in the same folder, with
 * mode 0600. `commit` writes the text, waits until it is on the disk, and links the file to its name, which fails if the name is
 * taken by then. Without `commit`, the temporary file is deleted when the scope closes.
 *
 * A symbolic link counts as an existing file. With `overwrite` it is replaced, not followed. A folder, a device or a pipe is never
 * replaced.
 *
 * @param path the path of the file
 * @param overwrite whether to replace an existing file
 */
export const prepare = Effect.fnUntraced(function* (path: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const failed = (reason: SaveFailed["reason"]) => new SaveFailed({ path, reason })
  const orFail = Effect.mapError(({ reason: { cause } }: PlatformError) =>
    Option.match(SystemError.codeOf(cause), {
      onNone: () => failed("Other"),
      onSome: (code) => new SaveFailed({ path, reason: reasons[code] ?? "Other", code })
    })
  )

  const existing = yield* Effect.option(fs.lstat(path))
  if (Option.isSome(existing)) {
    const { type } = existing.value
    if (type === "Directory") return yield* failed("Directory")
    if (type !== "File" && type !== "SymbolicLink") return yield* failed("Special")
    if (!overwrite) return yield* failed("Exists")
  }

  // A short name of its own: the file's name may already have the greatest length that the system permits.
  const suffix = (yield* Random.nextIntBetween(0, 2 ** 32)).toString(36)
  const temporary = paths.join(paths.dirname(path), `.metal-otp.${suffix}.tmp`)
  const file = yield* Effect.acquireRelease(orFail(fs.open(temporary, { flag: "wx", mode: 0o600 })), () =>
    Effect.ignore(fs.remove(temporary, { force: true }))
  )

  // On file systems without hard links, such as FAT: an empty file takes the name, and the temporary file replaces it.
  const reserveAndRename = Effect.scoped(fs.open(path, { flag: "wx", mode: 0o600 })).pipe(
    Effect.andThen(fs.rename(temporary, path).pipe(Effect.tapError(() => Effect.ignore(fs.remove(path)))))
  )
  const moveToName = overwrite
    ? fs.rename(temporary, path)
    : Effect.catchIf(
        fs.link(temporary, path),
        (error) => error.reason._tag !== "AlreadyExists",
        () => reserveAndRename
      )

  return {
    commit: (text) =>
      orFail(
        Effect.gen(function* () {
          yield* file.writeAll(new TextEncoder().encode(text))
          yield* file.sync
          yield* moveToName
        })
      ).pipe(Effect.uninterruptible)
  } satisfies SaveFile
})
