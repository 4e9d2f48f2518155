/**
 * Where the token and the rest come from: flags first, then the environment,
 * then metal-cli's own file. What is wrong is told with the setting's name and
 * its source, never with the value.
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
import * as Ask from "./Ask.ts"
import { BadSetting } from "./BadSetting.ts"
import * as ConfigFile from "./ConfigFile.ts"
import { type Flags, formats, root } from "./Root.ts"

/** There is no token anywhere. */
export class NoToken extends Schema.TaggedError<NoToken>("@metal-otp/cli/NoToken")("NoToken", {}) {
  override get message(): string {
    return "No token was given."
  }
}

/** The variables of each setting; the first that is set counts. metal-cli takes either of the token's. */
const variables = {
  token: ["METAL_AUTH_TOKEN", "METAL_TOKEN"],
  "api-url": ["METAL_API_URL"],
  output: ["METAL_OUTPUT"],
  timeout: ["METAL_TIMEOUT"],
  retries: ["METAL_RETRIES"]
} as const

type Name = keyof typeof variables

/** An environment variable; an empty one counts as unset. */
const variable = (name: string, source: ConfigProvider.ConfigProvider) =>
  Config.option(Config.Redacted(name))
    .parse(source)
    .pipe(Effect.orDie, Effect.map(Option.filter((value) => Redacted.value(value) !== "")))

/** What the file has of a setting. A token is a text: YAML would change the digits of a number. */
const valueIn = (values: ConfigFile.Values, name: Name): Result.Result<Option.Option<string>, string> => {
  // metal-cli knows the token by both names, and this one comes first there.
  const names = name === "token" ? ["auth-token", name] : [name]
  const value = names.map((known) => values[known]).find((held) => !Predicate.isNullish(held) && held !== "")
  if (value === undefined) return Result.succeed(Option.none())
  if (Predicate.isString(value)) return Result.succeed(Option.some(value))
  if (!Predicate.isNumber(value) && !Predicate.isBoolean(value)) return Result.fail("it is not a single value")
  return name === "token"
    ? Result.fail(`to YAML it is a ${typeof value}: put it in quotes`)
    : Result.succeed(Option.some(String(value)))
}

/** metal-cli's file: the one that is asked for, or the one in its place. */
const configFile = Effect.fnUntraced(function* (
  flags: Flags,
  environment: ConfigProvider.ConfigProvider
): Effect.fn.Return<ConfigFile.ConfigFile, BadSetting, FileSystem.FileSystem | Path.Path | Stdio.Stdio> {
  const text = (name: string) => Effect.map(variable(name, environment), Option.map(Redacted.value))
  const named = yield* text("METAL_CONFIG")
  const profile = yield* text("USERPROFILE")
  const home = Option.orElse(yield* text("HOME"), () => profile)
  const asked = Option.orElse(
    Option.map(flags.config, (path) => ({ path, source: "--config" })),
    () => Option.map(named, (path) => ({ path, source: "METAL_CONFIG" }))
  )
  return yield* Option.match(asked, {
    onSome: ({ path, source }) => ConfigFile.at(path, source),
    onNone: () => ConfigFile.below(home)
  })
})

const durationUnits: Record<string, Duration.Unit> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

/** A value, or what is wrong with its text. */
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
    () => `it is none of ${formats.join(", ")}`
  )

const names: BaseUrl.Names = { authToken: "the token", allowInsecureHttp: "--allow-insecure-http" }

const parseUrl = (text: string, allowInsecureHttp: boolean): Parsed<string> => {
  const url = text.trim()
  const parsed = BaseUrl.parse(url, allowInsecureHttp, names)
  return typeof parsed === "string" ? Result.fail(parsed) : Result.succeed(url)
}

/** Of metal-cli, for commands of its own: what both programs read means the default to the other one. */
const formatsOfMetalCli: ReadonlySet<string> = new Set(["sh", "terraform", "tf", "capp", "crossplane"])

const parseSharedFormat = (text: string) =>
  formatsOfMetalCli.has(text) ? Result.succeed(Option.none()) : Result.map(parseFormat(text), Option.some)

/**
 * All settings, each looked for when it is asked for, with its source:
 * `--api-url`, `METAL_API_URL`, a file's path, or `the default`.
 */
const make = Effect.fnUntraced(function* (flags: Flags) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const environment = yield* ConfigProvider.ConfigProvider
  const file = yield* Effect.cached(configFile(flags, environment))

  /** The first source that has the setting. */
  const find = Effect.fnUntraced(function* (name: Name, flag: Option.Option<Redacted.Redacted<string>>) {
    if (Option.isSome(flag)) return Option.some({ value: flag.value, source: `--${name}` })
    for (const source of variables[name]) {
      const set = yield* variable(source, environment)
      if (Option.isSome(set)) return Option.some({ value: set.value, source })
    }
    const { path, values } = yield* file
    const inFile = valueIn(values, name)
    if (Result.isFailure(inFile)) return yield* new BadSetting({ setting: name, source: path, problem: inFile.failure })
    return Option.map(inFile.success, (text) => ({ value: Redacted.make(text), source: path }))
  })

  const parsed = Effect.fnUntraced(function* <A>(
    name: Name,
    flag: Option.Option<string>,
    parse: (text: string) => Parsed<A>,
    fallback: A
  ) {
    const found = yield* find(
      name,
      Option.map(flag, (text) => Redacted.make(text))
    )
    if (Option.isNone(found)) return { value: fallback, source: "the default" }
    const { source } = found.value
    return yield* Result.match(parse(Redacted.value(found.value.value)), {
      onSuccess: (value) => Effect.succeed({ value, source }),
      onFailure: (problem) => Effect.fail(new BadSetting({ setting: name, source, problem }))
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
    /** Where the API is. */
    apiUrl: parsed("api-url", flags.apiUrl, (text) => parseUrl(text, flags.allowInsecureHttp), defaultBaseUrl),
    timeout: parsed("timeout", flags.timeout, parseDuration, Duration.seconds(10)),
    retries: parsed("retries", flags.retries, parseCount, 3),
    /** None: as it fits where the output goes. */
    output: parsed("output", flags.output, parseSharedFormat, Option.none<(typeof formats)[number]>()),
    allowInsecureHttp: flags.allowInsecureHttp
  }
})

/** The settings of the command that runs. */
export const current = Effect.flatMap(root, make)

export type Settings = Effect.Success<typeof current>
