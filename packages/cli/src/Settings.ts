/**
 * Where the token and the rest come from: flags first, then the environment,
 * then metal-cli's own file. What is wrong is told with the setting's name and
 * its source, never with the value.
 */
import * as AuthToken from "@metal-otp/schema/AuthToken"
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Ask from "./Ask.ts"
import { type Flags, formats, root } from "./Root.ts"

/** A setting that can't work. Its value is not in here. */
export class BadSetting extends Schema.TaggedError<BadSetting>("@metal-otp/cli/BadSetting")("BadSetting", {
  setting: Schema.String,
  source: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.setting}, from ${this.source}: ${this.problem}.`
  }
}

/** What the client says of its options, in the words of the command line. */
export const asFlags = (problem: string): string =>
  problem.replace("allowInsecureHttp", "--allow-insecure-http").replace("authToken", "the token")

/** There is no token anywhere. */
export class NoToken extends Schema.TaggedError<NoToken>("@metal-otp/cli/NoToken")("NoToken", {}) {
  override get message(): string {
    return "No token was given."
  }
}

const variables = {
  token: "METAL_AUTH_TOKEN",
  "api-url": "METAL_API_URL",
  output: "METAL_OUTPUT",
  timeout: "METAL_TIMEOUT",
  retries: "METAL_RETRIES"
} as const

type Name = keyof typeof variables

/** What metal-cli's file holds, by name: its names count in any case, as there. */
type Values = Readonly<Record<string, unknown>>

const absent: { readonly exists: boolean; readonly open: boolean; readonly values: Values } = {
  exists: false,
  open: false,
  values: {}
}

/** An environment variable; an empty one counts as unset. */
const variable = (name: string, source: ConfigProvider.ConfigProvider) =>
  Config.option(Config.Redacted(name)).parse(source)

// What the parser says quotes the file, which may hold the token: only these words and the number of the line are told.
const mistakes = [
  ["Duplicate key", "a name stands in the file twice"],
  ["Tabs cannot", "a tab can't indent in YAML"],
  ["Multiple YAML documents", "there is more than one document in the file"],
  ["Unterminated", "a quote is not closed in the file"]
] as const

const mistake = (error: unknown): string => {
  const message = Predicate.isError(error) ? error.message : ""
  const [, what] = mistakes.find(([start]) => message.startsWith(start)) ?? ["", "the file is neither YAML nor JSON"]
  const [, line] = / at line (\d+)$/.exec(message) ?? []
  return line === undefined ? what : `${what}, see line ${line}`
}

const folded = (parsed: object): Values =>
  Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]))

const bad = (source: string, problem: string) => new BadSetting({ setting: "config", source, problem })

/** The file that is asked for, or else the first one in its place: metal-cli takes each of these. */
const fileNames = ["metal.yaml", "metal.yml", "metal.json"]

/** Finds metal-cli's file: fails only when it was asked for and is not there, or can't be read. */
const configFile = Effect.fnUntraced(function* (flags: Flags) {
  const fs = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const environment = yield* ConfigProvider.ConfigProvider
  const text = (name: string) => Effect.map(Effect.orDie(variable(name, environment)), Option.map(Redacted.value))
  const named = yield* text("METAL_CONFIG")
  const profile = yield* text("USERPROFILE")
  const home = Option.orElse(yield* text("HOME"), () => profile)

  const asked = Option.orElse(
    Option.map(flags.config, (path) => ({ path, source: "--config" })),
    () => Option.map(named, (path) => ({ path, source: "METAL_CONFIG" }))
  )
  const sourceOf = (path: string) =>
    Option.match(asked, { onNone: () => path, onSome: ({ source }) => `${source} (${path})` })

  const read = (path: string) =>
    fs.readFileString(path).pipe(
      Effect.map((text) => Option.some({ path, text })),
      Effect.catchIf(
        (error) => error.reason._tag === "NotFound",
        () => Effect.succeedNone
      ),
      Effect.mapError(() => bad(sourceOf(path), "the file can't be read"))
    )
  const places = Option.match(asked, {
    onSome: ({ path }) => [path],
    onNone: () =>
      Option.match(home, {
        onNone: () => [],
        onSome: (folder) => fileNames.map((name) => join(folder, ".config", "equinix", name))
      })
  })
  let found: Option.Option<{ readonly path: string; readonly text: string }> = Option.none()
  for (const place of places) if (Option.isNone(found)) found = yield* read(place)
  if (Option.isNone(found)) {
    // What was asked for may be anything, so it is not repeated.
    if (Option.isSome(asked)) return yield* bad(asked.value.source, "there is no such file")
    return { path: places[0] ?? join("~", ".config", "equinix", "metal.yaml"), ...absent }
  }

  const { path, text: content } = found.value
  const parsed = yield* Effect.try({
    try: () => Yaml.parse(content),
    catch: (error) => bad(sourceOf(path), mistake(error))
  })
  if (!Predicate.isObject(parsed) && !Predicate.isNullish(parsed)) {
    return yield* bad(sourceOf(path), "the file does not hold settings by name, as in `token: ...`")
  }
  const mode = Option.match(yield* Effect.option(fs.stat(path)), { onSome: ({ mode }) => mode, onNone: () => 0 })
  return { path, exists: true, open: (mode & 0o077) !== 0, values: folded(parsed ?? {}) }
})

/** What the file has of a setting. A token is a text: YAML would change the digits of a number. */
const valueIn = (values: Values, name: Name): Result.Result<Option.Option<string>, string> => {
  // metal-cli knows the token by both names, and this one comes first there.
  const value = name === "token" ? (values["auth-token"] ?? values[name]) : values[name]
  if (value === undefined || value === null || value === "") return Result.succeed(Option.none())
  if (Predicate.isString(value)) return Result.succeed(Option.some(value))
  if (!Predicate.isNumber(value) && !Predicate.isBoolean(value)) return Result.fail("it is not a single value")
  return name === "token"
    ? Result.fail(`to YAML it is a ${typeof value}: put it in quotes`)
    : Result.succeed(Option.some(String(value)))
}

const durationUnits: Record<string, Duration.Unit> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, amount = "", unit = "s"] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? []
  return Option.filter(Duration.fromInput(`${Number(amount)} ${durationUnits[unit] ?? "seconds"}`), Duration.isPositive)
}

const parseCount = (text: string): Option.Option<number> =>
  /^\d{1,2}$/.test(text.trim()) ? Option.some(Number(text)) : Option.none()

const parseFormat = (text: string) => Option.fromUndefinedOr(formats.find((format) => format === text))

/**
 * All settings, each looked for when it is asked for, with its source:
 * `--api-url`, `METAL_API_URL`, a file's path, or `the default`.
 */
const make = Effect.fnUntraced(function* (flags: Flags) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const environment = yield* ConfigProvider.ConfigProvider
  const file = yield* Effect.cached(configFile(flags))

  /** The first source that has the setting. */
  const find = Effect.fnUntraced(function* (name: Name, flag: Option.Option<Redacted.Redacted<string>>) {
    if (Option.isSome(flag)) return Option.some({ value: flag.value, source: `--${name}` })
    const set = yield* Effect.orDie(variable(variables[name], environment))
    if (Option.isSome(set)) return Option.some({ value: set.value, source: variables[name] })
    const { path, values } = yield* file
    const inFile = valueIn(values, name)
    if (Result.isFailure(inFile)) return yield* new BadSetting({ setting: name, source: path, problem: inFile.failure })
    return Option.map(inFile.success, (text) => ({ value: Redacted.make(text), source: path }))
  })

  const parsed = Effect.fnUntraced(function* <A>(
    name: Name,
    flag: Option.Option<string>,
    parse: (text: string) => Option.Option<A>,
    problem: string,
    fallback: A
  ) {
    const found = yield* find(
      name,
      Option.map(flag, (text) => Redacted.make(text))
    )
    if (Option.isNone(found)) return { value: fallback, source: "the default" }
    const { source } = found.value
    return yield* Option.match(parse(Redacted.value(found.value.value)), {
      onSome: (value) => Effect.succeed({ value, source }),
      onNone: () => Effect.fail(new BadSetting({ setting: name, source, problem }))
    })
  })

  const tokenFile = (file: string) =>
    file === path.resolve("-")
      ? Effect.map(Ask.secret("token"), (value) => ({ value, source: "standard input" }))
      : fs.readFileString(file).pipe(
          Effect.mapError(() => new BadSetting({ setting: "token", source: file, problem: "the file can't be read" })),
          Effect.map((text) => ({ value: Redacted.make(text.split(/\r?\n/, 1).join("")), source: file }))
        )

  const token = Effect.gen(function* () {
    if (Option.isSome(flags.token) && Option.isSome(flags.tokenFile)) {
      return yield* new BadSetting({
        setting: "token",
        source: "--token and --token-file",
        problem: "give one of them"
      })
    }
    const found = Option.isSome(flags.tokenFile)
      ? Option.some(yield* tokenFile(flags.tokenFile.value))
      : yield* find("token", flags.token)
    if (Option.isNone(found)) return yield* new NoToken({})
    const { source, value } = found.value
    const token = AuthToken.parse(value)
    return Result.isSuccess(token)
      ? { value: token.success, source }
      : yield* new BadSetting({ setting: "token", source, problem: token.failure.problem })
  })

  return {
    /** metal-cli's file. */
    file,
    /** The token; fails with `NoToken` when there is none. */
    token: yield* Effect.cached(token),
    /** Where the API is: unchecked, that is the client's part. */
    apiUrl: parsed("api-url", flags.apiUrl, (text) => Option.some(text.trim()), "", defaultBaseUrl),
    timeout: parsed(
      "timeout",
      flags.timeout,
      parseDuration,
      "it is not a duration above zero, such as 500ms, 10s or 2m",
      Duration.seconds(10)
    ),
    retries: parsed("retries", flags.retries, parseCount, "it is not a whole number from 0 to 99", 3),
    /** None: as it fits where the output goes. */
    output: parsed(
      "output",
      flags.output,
      (text) => Option.map(parseFormat(text), Option.some),
      `it is none of ${formats.join(", ")}`,
      Option.none<(typeof formats)[number]>()
    ),
    allowInsecureHttp: flags.allowInsecureHttp
  }
})

/** The settings of the command that runs. */
export const current = Effect.flatMap(root, make)

export type Settings = Effect.Success<typeof current>
