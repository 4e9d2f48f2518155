/**
 * metal-cli's own configuration file, found and read as metal-cli does.
 *
 * Source: metal-cli's `internal/cli/root.go`, and `SupportedExts` of
 * https://github.com/spf13/viper, which it reads files with.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import type { YAMLError } from "yaml"
import { BadSetting } from "./BadSetting.ts"
import * as Screen from "./Screen.ts"

/** What the file holds, by name: names count in any case, as in metal-cli. */
export type Values = Readonly<Record<string, unknown>>

/** A file, or the place where one could be. */
export interface ConfigFile {
  readonly path: string
  readonly exists: boolean
  /** Whether other users can read it. */
  readonly open: boolean
  readonly values: Values
  /** A file that metal-cli would read in place of this one, and this program can't. */
  readonly unread: Option.Option<string>
}

/** In this order, the first that is there is metal-cli's. */
const endings = [
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

const readable: ReadonlySet<string> = new Set(["json", "yaml", "yml"])

const bad = (source: string, problem: string) => new BadSetting({ setting: "config", source, problem })

// The parser's own words quote the file, which may hold the token: only these and the number of the line are told.
const mistakes: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a name is in the file twice",
  TAB_AS_INDENT: "a tab can't indent in YAML",
  MULTIPLE_DOCS: "the file has more than one document",
  TAG_RESOLVE_FAILED: "the file has an unknown tag (!...)"
}

const told = ({ code, message, pos }: YAMLError, text: string) => {
  // The code is the same for a bracket that is not closed.
  const isQuote = code === "MISSING_CHAR" && message.startsWith("Missing closing")
  const what = isQuote ? "a quote is not closed in the file" : (mistakes[code] ?? "the file is neither YAML nor JSON")
  return `${what}, see line ${text.slice(0, pos[0]).split("\n").length}`
}

const parse = Effect.fnUntraced(function* (text: string, source: string) {
  const { parseDocument } = yield* Effect.promise(() => import("./Yaml.ts"))
  const document = parseDocument(text, { merge: true, prettyErrors: false, logLevel: "error" })
  const [mistake] = [...document.errors, ...document.warnings]
  if (mistake !== undefined) return yield* bad(source, told(mistake, text))
  const parsed = yield* Effect.try({
    try: (): unknown => document.toJS(),
    catch: () => bad(source, "an alias (*...) in the file has no anchor, or expands too far")
  })
  if (Predicate.isNullish(parsed)) return {}
  if (Predicate.isObject(parsed)) {
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]))
  }
  return yield* bad(source, "the file has no settings by name, such as `token: ...`")
})

/** A file's text, or none where there is no such file. */
const read = Effect.fnUntraced(function* (path: string, source: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(path).pipe(
    Effect.asSome,
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeedNone
    ),
    Effect.mapError(() => bad(source, "the file can't be read"))
  )
})

const opened = Effect.fnUntraced(function* (path: string, text: string, source: string) {
  const fs = yield* FileSystem.FileSystem
  const values: Values = yield* parse(text, source)
  const mode = Option.match(yield* Effect.option(fs.stat(path)), { onSome: ({ mode }) => mode, onNone: () => 0 })
  return { path, exists: true, open: (mode & 0o077) !== 0, values }
})

/**
 * The file that was asked for. Fails with `BadSetting` when it is not there, or
 * can't be read.
 *
 * @param path where it is
 * @param source what asked for it
 */
export const at = Effect.fnUntraced(function* (path: string, source: string) {
  const text = yield* read(path, `${source} (${path})`)
  // What was asked for may be anything, so it is not repeated.
  if (Option.isNone(text)) return yield* bad(source, "there is no such file")
  const file: ConfigFile = {
    ...(yield* opened(path, text.value, `${source} (${path})`)),
    unread: Option.none()
  }
  return file
})

/**
 * The file in its place, if there is one. One that metal-cli would read, and
 * this program can't, is named in a warning. Fails with `BadSetting` when it
 * can't be read.
 *
 * @param home the user's folder
 */
export const below = Effect.fnUntraced(function* (home: Option.Option<string>) {
  const fs = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const folder = join(
    Option.getOrElse(home, () => "~"),
    ".config",
    "equinix"
  )
  let unread = Option.none<string>()
  for (const ending of Option.isSome(home) ? endings : []) {
    const path = join(folder, `metal.${ending}`)
    if (readable.has(ending)) {
      const text = yield* read(path, path)
      if (Option.isSome(text)) {
        const file: ConfigFile = { ...(yield* opened(path, text.value, path)), unread }
        return file
      }
    } else if (Option.isNone(unread) && (yield* Effect.orElseSucceed(fs.exists(path), () => false))) {
      unread = Option.some(path)
      yield* Screen.warning(`${path} is not read: only metal-cli's YAML and JSON files are.`)
    }
  }
  const none: ConfigFile = { path: join(folder, "metal.yaml"), exists: false, open: false, values: {}, unread }
  return none
})
