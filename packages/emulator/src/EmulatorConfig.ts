/**
 * The emulator's HTTP server from a file of YAML or JSON: users, limits, database, webhook and
 * faults, under the names of the layers' options.
 *
 * ```yaml
 * port: 4010
 * users:
 *   - name: alice
 *     authToken: alice-token
 *     phoneNumber: "+1 555 0101" # null: none is known
 *     totp: { secret: JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP }
 *   - name: bob
 *     authToken: bob-token
 *     twoFactor: false
 * wrongOtps: { max: 5, within: 10 minutes, lockFor: 1 minute }
 * database: { filename: emulator.sqlite }
 * ```
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Emulator from "./Emulator.ts"
import * as EmulatorServer from "./EmulatorServer.ts"
import * as Faults from "./Faults.ts"
import { ruleIn, RuleText } from "./internal/faultRules.ts"
import * as options from "./internal/options.ts"
import { fileReader } from "./internal/problems.ts"
import { InvalidOption } from "./InvalidOption.ts"
import * as SmsDelivery from "./SmsDelivery.ts"
import * as SqliteStore from "./SqliteStore.ts"
import { Store } from "./Store.ts"

const Seed = Schema.Union([Schema.String, Schema.Finite])

/** The content of the file. */
const config = <Time, Secret>(form: options.Form<Time, Secret>) => {
  const database = options.database(form)
  return Schema.Struct({
    ...options.server(form).fields,
    ...options.emulator(form).fields,
    /** Default: the state is in memory only. The default key is `METAL_EMULATOR_KEY`. */
    database: Schema.optional(Schema.Struct({ ...database.fields, key: Schema.optional(database.fields.key) })),
    /** Default: SMS are in the outbox only. */
    smsWebhook: Schema.optional(options.webhook(form)),
    /** Default: no faults. */
    faults: Schema.optional(
      Schema.Struct({
        rules: Schema.Array(ruleIn(form.time)),
        /** The seed of probabilities. Default: 0. */
        seed: Schema.optional(Seed)
      })
    )
  })
}

/**
 * The file. A time is a text like `5 minutes`, or a number of seconds. The layers' options
 * describe the settings and their defaults: `Emulator.Options`, `EmulatorServer.Options`,
 * `SqliteStore.Options`, `SmsDelivery.WebhookOptions` and `Faults.Rule`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EmulatorConfig = config(options.inFile)

/**
 * The type of `EmulatorConfig`: valid settings, with the defaults.
 *
 * @category models
 * @since 0.1.0
 */
export type EmulatorConfig = typeof EmulatorConfig.Type

const InProgram = config(options.inProgram)

/**
 * The same settings in a program: secrets are `Redacted`, times are `Duration.Input`, and settings
 * with a default are optional. An `EmulatorConfig` is one of these.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = typeof InProgram.Encoded

const parseYaml = (text: string, whole: string) =>
  Effect.flatMap(
    Effect.promise(() => import("./internal/yaml.ts")),
    ({ parse }) => parse(text, whole)
  )

const readConfig = fileReader(EmulatorConfig, "config")

const readRule = fileReader(RuleText, "rule")

/**
 * Reads the text of a file: YAML, or JSON, which is YAML too.
 *
 * Fails with `InvalidOption` if it is neither, or if a setting is unknown, missing or of another
 * type. The failure never shows a value.
 *
 * @param text the text of the file
 *
 * @example
 * ```ts
 * import { EmulatorConfig } from "@metal-otp/emulator"
 * import { Effect, Layer } from "effect"
 *
 * const ServerLive = Layer.unwrap(
 *   Effect.map(EmulatorConfig.parse("{ port: 4010, users: [{ authToken: my-token }] }"), EmulatorConfig.layer)
 * )
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (text: string): Effect.Effect<EmulatorConfig, InvalidOption> =>
  Effect.flatMap(parseYaml(text, "config"), decode)

/**
 * Reads settings from an object with the names, texts and numbers of a file.
 *
 * Fails with `InvalidOption` as `parse` does.
 *
 * @param settings the object
 *
 * @example
 * ```ts
 * import { EmulatorConfig } from "@metal-otp/emulator"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const { port } = yield* EmulatorConfig.decode({ port: 4010, users: [{ authToken: "my-token" }] })
 *   return port // => 4010
 * })
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = (settings: unknown): Effect.Effect<EmulatorConfig, InvalidOption> =>
  Effect.fromResult(readConfig(settings))

/**
 * Reads a file. A relative path in it, of the database, is relative to the file's folder.
 *
 * Fails with `InvalidOption` as `parse` does, and with `PlatformError` if the file can't be read.
 *
 * @param path the path of the file
 *
 * @example
 * ```ts
 * import { EmulatorConfig } from "@metal-otp/emulator"
 * import { Effect, Layer } from "effect"
 *
 * const ServerLive = Layer.unwrap(Effect.map(EmulatorConfig.read("emulator.yaml"), EmulatorConfig.layer))
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<EmulatorConfig, InvalidOption | PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const { dirname, resolve } = yield* Path.Path
  const config = yield* parse(yield* fs.readFileString(path))
  const { database } = config
  if (database === undefined) return config
  return { ...config, database: { ...database, filename: resolve(dirname(path), database.filename) } }
})

/**
 * Reads one fault rule, in the form of `faults.rules` in a file.
 *
 * Fails with `InvalidOption`, which names the wrong part by its path, such as `fault.status`, or
 * `rule` for the whole.
 *
 * @param text the rule in YAML or JSON
 *
 * @example
 * ```ts
 * import { EmulatorConfig } from "@metal-otp/emulator"
 *
 * const rule = EmulatorConfig.parseRule("{ operation: receiveCodes, nth: 2, fault: { _tag: Slow, delay: 3 } }")
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const parseRule = (text: string): Effect.Effect<Faults.Rule, InvalidOption> =>
  Effect.flatMap(parseYaml(text, "rule"), (value) => Effect.fromResult(readRule(value)))

const within =
  (setting: string) =>
  ({ option, problem }: InvalidOption) =>
    new InvalidOption({ option: `${setting}.${option}`, problem })

const store = ({ filename, key }: NonNullable<Options["database"]>): Layer.Layer<Store, InvalidOption> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const given = key ?? (yield* Effect.mapError(Config.Redacted("METAL_EMULATOR_KEY"), () => noKey))
      const made = yield* SqliteStore.make({ filename, key: given })
      return Store.of({
        ...made,
        accounts: (authTokens) => Effect.mapError(made.accounts(authTokens), within("database")),
        start: (start) => Effect.mapError(made.start(start), within("database"))
      })
    }).pipe(Effect.mapError(within("database")))
  )

const noKey = new InvalidOption({ option: "key", problem: "it is neither in the file nor in METAL_EMULATOR_KEY" })

const delivery = (webhook: SmsDelivery.WebhookOptions): Layer.Layer<SmsDelivery.SmsDelivery, InvalidOption> =>
  Layer.effect(SmsDelivery.SmsDelivery, Effect.mapError(SmsDelivery.makeWebhook(webhook), within("smsWebhook"))).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

const emulator = (config: Options): Layer.Layer<Emulator.Emulator, InvalidOption> => {
  const { database, smsWebhook } = config
  const stored =
    database === undefined ? Emulator.layer(config) : Emulator.layer(config).pipe(Layer.provide(store(database)))
  return smsWebhook === undefined ? stored : stored.pipe(Layer.provide(delivery(smsWebhook)))
}

/**
 * The server of a file, with its emulator and faults.
 *
 * Fails with `InvalidOption` or `InvalidRule` if a setting can't work, and with `ServeError` if
 * the port is not available.
 *
 * @param config the settings, from `read`, `parse` or the program
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  config: Options
): Layer.Layer<
  EmulatorServer.EmulatorServer | Emulator.Emulator | Faults.Faults,
  InvalidOption | Faults.InvalidRule | ServeError
> =>
  EmulatorServer.layer(config).pipe(
    Layer.provideMerge(emulator(config)),
    Layer.provideMerge(Faults.layer(config.faults?.rules, config.faults))
  )
