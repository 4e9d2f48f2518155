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

const absent = { exists: false, open: false, provider: ConfigProvider.fromUnknown({}) }

/** An environment variable; an empty one counts as unset. */
const variable = (name: string, source: ConfigProvider.ConfigProvider) =>
  Config.option(Config.Redacted(name)).parse(source)

/** Finds metal-cli's file: fails only when it was asked for and is not there, or can't be read. */
const configFile = Effect.fnUntraced(function* (flags: Flags) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const environment = yield* ConfigProvider.ConfigProvider
  const named = Option.map(yield* Effect.orDie(variable("METAL_CONFIG", environment)), Redacted.value)
  const home = Option.map(yield* Effect.orDie(variable("HOME", environment)), Redacted.value)

  const asked = Option.orElse(
    Option.map(flags.config, (path) => ({ path, source: "--config" })),
    () => Option.map(named, (path) => ({ path, source: "METAL_CONFIG" }))
  )
  const file = Option.match(asked, {
    onSome: ({ path }) => path,
    onNone: () =>
      path.join(
        Option.getOrElse(home, () => "~"),
        ".config",
        "equinix",
        "metal.yaml"
      )
  })
  if (Option.isNone(asked) && Option.isNone(home)) return { path: file, ...absent }
  const bad = (problem: string) =>
    new BadSetting({
      setting: "config",
      source: Option.match(asked, { onSome: (a) => a.source, onNone: () => file }),
      problem
    })

  const text = yield* fs.readFileString(file).pipe(
    Effect.map(Option.some),
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => (Option.isSome(asked) ? Effect.fail(bad("there is no such file")) : Effect.succeedNone)
    ),
    Effect.mapError((error) => (error._tag === "BadSetting" ? error : bad("the file can't be read")))
  )
  if (Option.isNone(text)) return { path: file, ...absent }

  // What the parser says of a mistake quotes the line, which may hold the token.
  const parsed = yield* Effect.try({
    try: () => Yaml.parse(text.value),
    catch: () => bad("the file is neither YAML nor JSON")
  })
  if (!Predicate.isObject(parsed) && !Predicate.isNullish(parsed)) {
    return yield* bad("the file does not hold settings by name, as in `token: ...`")
  }
  const mode = Option.match(yield* Effect.option(fs.stat(file)), { onSome: ({ mode }) => mode, onNone: () => 0 })
  return { path: file, exists: true, open: (mode & 0o077) !== 0, provider: ConfigProvider.fromUnknown(parsed ?? {}) }
})

const durationUnits: Record<string, Duration.Unit> = { ms: "millis", s: "seconds", m: "minutes" }

const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, amount = "", unit = "s"] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(text.trim()) ?? []
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
    const { path, provider } = yield* file
    const node = yield* Effect.orDie(provider.load([name]))
    if (node === undefined) return Option.none()
    return node.value === undefined
      ? yield* new BadSetting({ setting: name, source: path, problem: "it is not a single value" })
      : Option.some({ value: Redacted.make(node.value), source: path })
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
    token,
    /** Where the API is: unchecked, that is the client's part. */
    apiUrl: parsed("api-url", flags.apiUrl, Option.some, "", defaultBaseUrl),
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
