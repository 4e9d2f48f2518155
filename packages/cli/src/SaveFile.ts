/**
 * A file for secrets: readable by its owner only, there as a whole or not at
 * all, and never in place of another one unasked.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { printable } from "./Printable.ts"

/** The file can't be written. `"Exists"`: something has that name already. */
export class SaveFailed extends Schema.TaggedError<SaveFailed>("@metal-otp/cli/SaveFailed")("SaveFailed", {
  path: Schema.String,
  reason: Schema.Literals(["Exists", "Directory", "Special", "NoFolder", "Denied", "Full", "ReadOnly", "Other"]),
  /** The system's name of the problem, as in `EIO`. */
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

const codeOf = ({ reason: { cause } }: PlatformError): string | undefined =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : undefined

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
 * A folder, a device or a pipe is never replaced.
 *
 * @param path the file
 * @param overwrite whether it may take the place of another file
 */
export const prepare = Effect.fnUntraced(function* (path: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const failed = (reason: SaveFailed["reason"]) => new SaveFailed({ path, reason })
  const orFail = Effect.mapError((error: PlatformError) => {
    const code = codeOf(error)
    return code === undefined ? failed("Other") : new SaveFailed({ path, reason: reasons[code] ?? "Other", code })
  })

  const taken = yield* Effect.option(fs.lstat(path))
  if (Option.isSome(taken)) {
    const { type } = taken.value
    if (type === "Directory") return yield* failed("Directory")
    if (type !== "File" && type !== "SymbolicLink") return yield* failed("Special")
    if (!overwrite) return yield* failed("Exists")
  }

  // Not made of the file's own name, which may be as long as a name can be.
  const suffix = (yield* Random.nextIntBetween(0, 2 ** 32)).toString(36)
  const temporary = paths.join(paths.dirname(path), `.metal-otp.${suffix}.tmp`)
  const file = yield* Effect.acquireRelease(orFail(fs.open(temporary, { flag: "wx", mode: 0o600 })), () =>
    Effect.ignore(fs.remove(temporary, { force: true }))
  )

  // Where files can't have two names, as on FAT, the name is taken by an empty file, which is then replaced.
  const reserve = Effect.scoped(fs.open(path, { flag: "wx", mode: 0o600 })).pipe(
    Effect.andThen(fs.rename(temporary, path).pipe(Effect.tapError(() => Effect.ignore(fs.remove(path)))))
  )
  const name = overwrite
    ? fs.rename(temporary, path)
    : Effect.catchIf(
        fs.link(temporary, path),
        (error) => error.reason._tag !== "AlreadyExists",
        () => reserve
      )

  return {
    commit: (text) =>
      orFail(
        Effect.gen(function* () {
          yield* file.writeAll(new TextEncoder().encode(text))
          yield* file.sync
          yield* name
        })
      ).pipe(Effect.uninterruptible)
  } satisfies SaveFile
})
