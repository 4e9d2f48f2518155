/**
 * Finds the settings of a command: in its flags, then in the environment, then in metal-cli's own file. A failure names a setting
 * and its source, and never holds its value.
 */
import * as BaseUrl from "@metal-otp/core/BaseUrl"
import * as AuthToken from "@metal-otp/schema/AuthToken"
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Stdio from "effect/Stdio"
import { BadSetting } from "./BadSetting.ts"
import { BadUsage } from "./BadUsage.ts"
import * as ConfigFile from "./ConfigFile.ts"
import * as Output from "./Output.ts"
import * as Prompts from "./Prompts.ts"
import { type SharedFlags, formats, root } from "./RootCommand.ts"

/** No source has a token. */
export class NoToken extends Schema.TaggedError<NoToken>("@metal-otp/cli/NoToken")("NoToken", {}) {
  override get message(): string {
    return "No token was given."
  }
}

/** The environment variables of each setting. The first one that is set counts. metal-cli takes both variables of the token. */
const variables = {
  token: ["METAL_AUTH_TOKEN", "METAL_TOKEN"],
  "api-url": ["METAL_API_URL"],
  output: ["METAL_OUTPUT"],
  timeout: ["METAL_TIMEOUT"],
  retries: ["METAL_RETRIES"]
} as const

type Name = keyof typeof variables

/** A value, and where it comes from: `--api-url`, `METAL_API_URL`, the path of a file, or `defaultSource`. */
export interface Setting<A> {
  readonly value: A
  readonly source: string
}

/** The source of a setting that no other source has. */
export const defaultSource = "the default"

/** Reads an environment variable. An empty one counts as unset. */
const variable = (name: string, source: ConfigProvider.ConfigProvider) =>
  Config.option(Config.Redacted(name))
    .parse(source)
    .pipe(Effect.orDie, Effect.map(Option.filter((value) => Redacted.value(value) !== "")))

/** Looks a setting up in the file. A token must be a string there, since YAML would change the digits of a number. */
const valueInFile = (values: ConfigFile.Values, name: Name): Result.Result<Option.Option<string>, string> => {
  // metal-cli reads the token by both names, in this order.
  const names = name === "token" ? ["auth-token", name] : [name]
  const value = names.map((known) => values[known]).find((value) => !Predicate.isNullish(value) && value !== "")
  if (value === undefined) return Result.succeed(Option.none())
  if (Predicate.isString(value)) return Result.succeed(Option.some(value))
  if (!Predicate.isNumber(value) && !Predicate.isBoolean(value)) return Result.fail("it is not a single value")
  return name === "token"
    ? Result.fail(`YAML reads it as a ${typeof value}: put it in quotes`)
    : Result.succeed(Option.some(String(value)))
}

/** Reads metal-cli's file: the one that the user names, or the one in its default place. */
const configFile = Effect.fnUntraced(function* (
  flags: SharedFlags,
  environment: ConfigProvider.ConfigProvider
): Effect.fn.Return<ConfigFile.ConfigFile, BadSetting, FileSystem.FileSystem | Path.Path | Stdio.Stdio> {
  const text = (name: string) => Effect.map(variable(name, environment), Option.map(Redacted.value))
  if (Option.isSome(flags.config)) return yield* ConfigFile.read(flags.config.value, "--config")
  const path = yield* text("METAL_CONFIG")
  if (Option.isSome(path)) return yield* ConfigFile.read(path.value, "METAL_CONFIG")
  const userProfile = yield* text("USERPROFILE")
  return yield* ConfigFile.readDefault(Option.orElse(yield* text("HOME"), () => userProfile))
})

const durationUnits: Record<string, Duration.Unit> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

/** A value, or a clause that says what is wrong with its text. */
type Parsed<A> = Result.Result<A, string>

const parseDuration = (text: string): Parsed<Duration.Duration> => {
  const [, amount = "", unit = "s"] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? []
  const duration = Duration.fromInput(`${Number(amount)} ${durationUnits[unit] ?? "seconds"}`)
  return Result.fromOption(
    Option.filter(duration, Duration.isPositive),
    () => "it is not a duration above zero, such as 500ms, 10s or 2m"
  )
}

const parseCount = (text: string): Parsed<number> =>
  /^\d{1,2}$/.test(text.trim()) ? Result.succeed(Number(text)) : Result.fail("it is not a whole number from 0 to 99")

const parseFormat = (text: string) =>
  Result.fromNullishOr(
    formats.find((format) => format === text),
    () => "it is not table, json or yaml"
  )

/** The names of a client's options in this program. */
const optionNames: BaseUrl.Names = { authToken: "the token", allowInsecureHttp: "--allow-insecure-http" }

const parseUrl = (text: string, allowInsecureHttp: boolean): Parsed<string> => {
  const url = text.trim()
  const parsed = BaseUrl.parse(url, allowInsecureHttp, optionNames)
  return typeof parsed === "string" ? Result.fail(parsed) : Result.succeed(url)
}

/** Formats that only metal-cli has. Both programs read `METAL_OUTPUT` and the file, so here they mean the default. */
const formatsOfMetalCli: ReadonlySet<string> = new Set(["sh", "terraform", "tf", "capp", "crossplane"])

const parseOutput = (text: string) =>
  formatsOfMetalCli.has(text) ? Result.succeed(Option.none()) : Result.map(parseFormat(text), Option.some)

/** Makes the settings. Each one is read when the command needs it. */
const make = Effect.fnUntraced(function* (flags: SharedFlags) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const environment = yield* ConfigProvider.ConfigProvider
  const file = yield* Effect.cached(configFile(flags, environment))

  /** Finds a setting in the first source that has it. */
  const find = Effect.fnUntraced(function* (name: Name, flag: Option.Option<Redacted.Redacted<string>>) {
    if (Option.isSome(flag)) return Option.some({ value: flag.value, source: `--${name}` })
    for (const source of variables[name]) {
      const set = yield* variable(source, environment)
      if (Option.isSome(set)) return Option.some({ value: set.value, source })
    }
    const { path, values } = yield* file
    const inFile = valueInFile(values, name)
    if (Result.isFailure(inFile)) return yield* new BadSetting({ setting: name, source: path, problem: inFile.failure })
    return Option.map(inFile.success, (text) => ({ value: Redacted.make(text), source: path }))
  })

  const parsed = Effect.fnUntraced(function* <A>(
    name: Name,
    flag: Option.Option<string>,
    parse: (text: string) => Parsed<A>,
    defaultValue: A
  ) {
    const found = yield* find(
      name,
      Option.map(flag, (text) => Redacted.make(text))
    )
    if (Option.isNone(found)) return { value: defaultValue, source: defaultSource }
    const { source } = found.value
    return yield* Result.match(parse(Redacted.value(found.value.value)), {
      onSuccess: (value) => Effect.succeed({ value, source }),
      onFailure: (problem) => Effect.fail(new BadSetting({ setting: name, source, problem }))
    })
  })

  const readTokenFile = (file: string) =>
    file === path.resolve("-")
      ? Effect.map(Prompts.secret("token"), (value) => ({ value, source: "standard input" }))
      : fs.readFileString(file).pipe(
          Effect.mapError(({ reason }) => {
            // The path of a file that does not exist may be the token itself.
            const [source, problem] =
              reason._tag === "NotFound"
                ? ["--token-file", "there is no such file"]
                : [`--token-file (${file})`, "the file can't be read"]
            return new BadSetting({ setting: "token", source, problem })
          }),
          Effect.map((text) => ({ value: Redacted.make(text.split(/\r?\n/, 1).join("")), source: file }))
        )

  const token = Effect.gen(function* () {
    if (Option.isSome(flags.token) && Option.isSome(flags.tokenFile)) {
      return yield* new BadUsage({ message: "Give either --token or --token-file." })
    }
    const found = Option.isSome(flags.tokenFile)
      ? Option.some(yield* readTokenFile(flags.tokenFile.value))
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
    /** The token. Fails with `NoToken` when there is none. */
    token: yield* Effect.cached(token),
    /** The base URL of the API. */
    apiUrl: parsed("api-url", flags.apiUrl, (text) => parseUrl(text, flags.allowInsecureHttp), defaultBaseUrl),
    timeout: parsed("timeout", flags.timeout, parseDuration, Duration.seconds(10)),
    retries: parsed("retries", flags.retries, parseCount, 3),
    /** The output format, or `None` for the default: a table on a terminal, plain lines on a pipe. */
    output: parsed("output", flags.output, parseOutput, Option.none<(typeof formats)[number]>()),
    allowInsecureHttp: flags.allowInsecureHttp
  }
})

/** The settings of the command that runs. */
export const current = Effect.flatMap(root, make)

export type Settings = Effect.Success<typeof current>

/** The output format: the setting, or its default for where standard output goes. */
export const outputFormat = (settings: Settings) =>
  Effect.flatMap(settings.output, ({ value }) => Output.formatFor(value))
