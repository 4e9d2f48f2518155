/**
 * The emulator's HTTP server from a YAML or JSON file: its users, limits, database, webhook and
 * faults. The settings have the names of the layers' options.
 *
 * ```yaml
 * port: 4010
 * users:
 *   - name: alice
 *     authToken: alice-token
 *     phoneNumber: "+1 555 0101" # null: the user has none
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
import { rule, RuleInFile } from "./internal/faultRules.ts"
import { fileDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import { InvalidOption } from "./InvalidOption.ts"
import * as SmsDelivery from "./SmsDelivery.ts"
import * as SqliteStore from "./SqliteStore.ts"
import { Store } from "./Store.ts"

const Seed = Schema.Union([Schema.String, Schema.Finite])

/** All settings, as they are written in a file or in a program. */
const settings = <DurationInput, Secret>(form: options.Form<DurationInput, Secret>) => {
  const database = options.database(form)
  return Schema.Struct({
    ...options.server(form).fields,
    ...options.emulator(form).fields,
    /** Default: the state is in memory only. The default of the key is the value of `METAL_EMULATOR_KEY`. */
    database: Schema.optional(Schema.Struct({ ...database.fields, key: Schema.optional(database.fields.key) })),
    /** Default: SMS are in the outbox only. */
    smsWebhook: Schema.optional(options.webhook(form)),
    /** Default: no faults. */
    faults: Schema.optional(
      Schema.Struct({
        rules: Schema.Array(rule(form.duration)),
        /** The seed of the random numbers that `probability` is compared with. Default: 0. */
        seed: Schema.optional(Seed)
      })
    )
  })
}

/**
 * The content of a file. A duration is a text such as `5 minutes`, or a number of seconds. For the
 * settings and their defaults, see the layers' options: `Emulator.Options`,
 * `EmulatorServer.Options`, `SqliteStore.Options`, `SmsDelivery.WebhookOptions` and `Faults.Rule`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EmulatorConfig = settings(options.inFile)

/**
 * The type of `EmulatorConfig`: valid settings with their defaults.
 *
 * @category models
 * @since 0.1.0
 */
export type EmulatorConfig = typeof EmulatorConfig.Type

const InProgram = settings(options.inProgram)

/**
 * The same settings in a program: secrets are `Redacted`, durations are `Duration.Input`, and
 * settings with a default are optional. Every `EmulatorConfig` is valid here too.
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

const decodeConfig = fileDecoder(EmulatorConfig, "config")

const decodeRule = fileDecoder(RuleInFile, "rule")

/**
 * Parses the text of a file: YAML, or JSON, which is YAML too.
 *
 * Fails with `InvalidOption` if the text is neither, or if a setting is unknown, missing or
 * invalid. The failure never shows a value.
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
 * Decodes settings that are written as in a file, from an object.
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
  Effect.fromResult(decodeConfig(settings))

/**
 * Reads a file. A relative `database.filename` is relative to the directory of the file.
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
 * Parses one fault rule, written as in `faults.rules` of a file.
 *
 * Fails with `InvalidOption` if the rule is invalid. Its `option` is the path of the wrong part,
 * such as `fault.status`, or `rule` for the whole rule.
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
  Effect.flatMap(parseYaml(text, "rule"), (value) => Effect.fromResult(decodeRule(value)))

const prefixOption =
  (setting: string) =>
  ({ option, problem }: InvalidOption) =>
    new InvalidOption({ option: `${setting}.${option}`, problem })

const storeLayer = ({ filename, key }: NonNullable<Options["database"]>): Layer.Layer<Store, InvalidOption> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const store = yield* SqliteStore.make({
        filename,
        key: key ?? (yield* Effect.mapError(Config.Redacted("METAL_EMULATOR_KEY"), () => missingKey))
      })
      return Store.of({
        ...store,
        accounts: (authTokens) => Effect.mapError(store.accounts(authTokens), prefixOption("database")),
        start: (start) => Effect.mapError(store.start(start), prefixOption("database"))
      })
    }).pipe(Effect.mapError(prefixOption("database")))
  )

const missingKey = new InvalidOption({ option: "key", problem: "it is neither in the file nor in METAL_EMULATOR_KEY" })

const deliveryLayer = (webhook: SmsDelivery.WebhookOptions): Layer.Layer<SmsDelivery.SmsDelivery, InvalidOption> =>
  Layer.effect(
    SmsDelivery.SmsDelivery,
    Effect.mapError(SmsDelivery.makeWebhook(webhook), prefixOption("smsWebhook"))
  ).pipe(Layer.provide(FetchHttpClient.layer))

const emulatorLayer = (config: Options): Layer.Layer<Emulator.Emulator, InvalidOption> => {
  const { database, smsWebhook } = config
  const withStore =
    database === undefined ? Emulator.layer(config) : Emulator.layer(config).pipe(Layer.provide(storeLayer(database)))
  return smsWebhook === undefined ? withStore : withStore.pipe(Layer.provide(deliveryLayer(smsWebhook)))
}

/**
 * The server with its emulator and faults.
 *
 * Fails with `InvalidOption` or `InvalidRule` if a setting is invalid, and with `ServeError` if
 * the port is not available.
 *
 * @param config the settings, from `read`, `parse` or `decode`, or written in the program
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
    Layer.provideMerge(emulatorLayer(config)),
    Layer.provideMerge(Faults.layer(config.faults?.rules, config.faults))
  )
