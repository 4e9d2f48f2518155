/**
 * Finds and reads metal-cli's own configuration file, as metal-cli does.
 *
 * Source: metal-cli's `internal/cli/root.go`, and `SupportedExts` of https://github.com/spf13/viper, the library that metal-cli
 * reads files with.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import type { YAMLError } from "yaml"
import { BadSetting } from "./BadSetting.ts"
import * as Messages from "./Messages.ts"

/** The file's settings by their names in lower case. metal-cli ignores the case of names. */
export type Values = Readonly<Record<string, unknown>>

export interface ConfigFile {
  /** Its path, or the default path if there is no file. */
  readonly path: string
  readonly exists: boolean
  /** Whether other users can read it. */
  readonly isReadableByOthers: boolean
  readonly values: Values
}

/** The file name extensions of metal-cli's file, in the order in which metal-cli looks for them. */
const extensions = [
  "json",
  "toml",
  "yaml",
  "yml",
  "properties",
  "props",
  "prop",
  "hcl",
  "tfvars",
  "dotenv",
  "env",
  "ini"
] as const

const readableExtensions: ReadonlySet<string> = new Set(["json", "yaml", "yml"])

const unusable = (source: string, problem: string) => new BadSetting({ setting: "config", source, problem })

/** What is wrong, by the parser's error code. The parser's own messages quote the file, which may hold the token. */
const yamlProblems: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a name is in the file twice",
  TAB_AS_INDENT: "a tab can't indent in YAML",
  MULTIPLE_DOCS: "the file has more than one document",
  TAG_RESOLVE_FAILED: "the file has an unknown tag (!...)"
}

const lineCount = (text: string) => text.split("\n").length

const problemOf = ({ code, message, pos }: YAMLError, text: string) => {
  // A missing bracket has the same code as a missing quote.
  const isQuote = code === "MISSING_CHAR" && message.startsWith("Missing closing")
  const before = text.slice(0, pos[0])
  // The parser notices a missing quote at the end of the file.
  return isQuote
    ? `a quote is not closed in the file, in line ${lineCount(before.trimEnd())} or before`
    : `${yamlProblems[code] ?? "the file is neither YAML nor JSON"}, see line ${lineCount(before)}`
}

const parse = Effect.fnUntraced(function* (text: string, source: string) {
  const { parseDocument } = yield* Effect.promise(() => import("./Yaml.ts"))
  const document = parseDocument(text, { merge: true, prettyErrors: false, logLevel: "error" })
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) return yield* unusable(source, problemOf(error, text))
  const parsed = yield* Effect.try({
    try: (): unknown => document.toJS(),
    catch: () => unusable(source, "an alias (*...) in the file has no anchor, or expands too far")
  })
  if (Predicate.isNullish(parsed)) return {}
  if (Predicate.isObject(parsed)) {
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]))
  }
  return yield* unusable(source, "the file has no settings by name, such as `token: ...`")
})

/** Reads a file's text. Returns `None` when there is no such file. */
const readText = Effect.fnUntraced(function* (path: string, source: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(path).pipe(
    Effect.asSome,
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeedNone
    ),
    Effect.mapError(() => unusable(source, "the file can't be read"))
  )
})

const make = Effect.fnUntraced(function* (
  path: string,
  text: string,
  source: string
): Effect.fn.Return<ConfigFile, BadSetting, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const values = yield* parse(text, source)
  const mode = Option.match(yield* Effect.option(fs.stat(path)), { onSome: ({ mode }) => mode, onNone: () => 0 })
  return { path, exists: true, isReadableByOthers: (mode & 0o077) !== 0, values }
})

/**
 * Reads the file that the user names. Fails with `BadSetting` when there is no such file, or when it can't be read.
 *
 * @param path the path of the file
 * @param source the flag or variable that names it
 */
export const read = Effect.fnUntraced(function* (path: string, source: string) {
  const sourceWithPath = `${source} (${path})`
  const text = yield* readText(path, sourceWithPath)
  // The path of a file that does not exist may be a misplaced secret.
  if (Option.isNone(text)) return yield* unusable(source, "there is no such file")
  return yield* make(path, text.value, sourceWithPath)
})

/**
 * Reads the file in its default place, if there is one. Warns of a file that metal-cli would read and this program can't.
 * Fails with `BadSetting` when the file can't be read.
 *
 * @param home the user's home folder
 */
export const readDefault = Effect.fnUntraced(function* (home: Option.Option<string>) {
  const fs = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const folder = join(
    Option.getOrElse(home, () => "~"),
    ".config",
    "equinix"
  )
  let hasWarned = false
  for (const extension of Option.isSome(home) ? extensions : []) {
    const path = join(folder, `metal.${extension}`)
    if (readableExtensions.has(extension)) {
      const text = yield* readText(path, path)
      if (Option.isSome(text)) return yield* make(path, text.value, path)
    } else if (!hasWarned && (yield* Effect.orElseSucceed(fs.exists(path), () => false))) {
      hasWarned = true
      yield* Messages.warning(`${path} is not read: this program reads only YAML and JSON files of metal-cli.`)
    }
  }
  const none: ConfigFile = { path: join(folder, "metal.yaml"), exists: false, isReadableByOthers: false, values: {} }
  return none
})
