/**
 * The emulator's HTTP server from a file: users, limits, database, webhook and
 * faults as YAML or JSON, under the names that the options of the layers have.
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
import * as Yaml from "effect/encoding/Yaml"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Emulator from "./Emulator.ts"
import * as EmulatorServer from "./EmulatorServer.ts"
import * as Faults from "./Faults.ts"
import { firstProblem } from "./internal/problems.ts"
import { RuleText, Time } from "./internal/faultRules.ts"
import { InvalidOption } from "./InvalidOption.ts"
import * as SmsDelivery from "./SmsDelivery.ts"
import * as SqliteStore from "./SqliteStore.ts"
import { type Start, Store } from "./Store.ts"
import * as Totp from "./Totp.ts"

const Secret = Schema.RedactedFromValue(Schema.String)

const optional = Schema.optionalKey

const User = Schema.Struct({
  authToken: Secret,
  name: optional(Schema.String),
  phoneNumber: optional(Schema.NullOr(Schema.String)),
  twoFactor: optional(Schema.Boolean),
  totp: optional(
    Schema.Struct({
      secret: optional(Secret),
      algorithm: optional(Totp.Algorithm),
      digits: optional(Schema.Literals([6, 7, 8])),
      period: optional(Time)
    })
  )
})

/**
 * The file. All times are written like `5 minutes`, or as a number of seconds.
 * What a setting means, and its default, is said where the layers'
 * options are: `Emulator.Options`, `EmulatorServer.Options`,
 * `SqliteStore.Options`, `SmsDelivery.WebhookOptions` and `Faults.Rule`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EmulatorConfig = Schema.Struct({
  host: optional(Schema.String),
  port: optional(Schema.Finite),
  page: optional(Schema.Union([Schema.Boolean, Schema.Struct({ hosts: Schema.Array(Schema.String) })])),
  users: Schema.Array(User),
  otpTimeToLive: optional(Time),
  totpWindow: optional(Schema.Finite),
  wrongOtps: optional(Schema.Struct({ max: optional(Schema.Finite), within: optional(Time), lockFor: optional(Time) })),
  smsLimit: optional(Schema.Struct({ max: Schema.Finite, within: Time })),
  outboxSize: optional(Schema.Finite),
  requestLogSize: optional(Schema.Finite),
  /** Without it, the state is in memory only. Without its key, that is taken from `METAL_EMULATOR_KEY`. */
  database: optional(Schema.Struct({ filename: Schema.String, key: optional(Secret) })),
  smsWebhook: optional(Schema.Struct({ url: Schema.String, timeout: optional(Time) })),
  faults: optional(
    Schema.Struct({
      rules: Schema.Array(RuleText),
      seed: optional(Schema.Union([Schema.String, Schema.Finite]))
    })
  )
})

/**
 * What `EmulatorConfig` decodes to.
 *
 * @category models
 * @since 0.1.0
 */
export type EmulatorConfig = typeof EmulatorConfig.Type

const decode = Schema.decodeUnknownResult(EmulatorConfig, { onExcessProperty: "error" })

const decodeRule = Schema.decodeUnknownResult(RuleText, { onExcessProperty: "error" })

/** A setting that is wrong, by its path. */
const invalid = (whole: string, error: Schema.SchemaError) => {
  const { path, problem } = firstProblem(error)
  return new InvalidOption({ option: path === "" ? whole : path, problem })
}

const parseYaml = (text: string): Result.Result<unknown, InvalidOption> =>
  Result.mapError(
    Result.try(() => Yaml.parse(text)),
    (error) => {
      const line = /at line (\d+)$/.exec(String(error))?.[1]
      return new InvalidOption({
        option: "config",
        problem: `it is not YAML${line === undefined ? "" : `: line ${line}`}`
      })
    }
  )

/**
 * Reads a file's text: YAML, or JSON, which is YAML too.
 *
 * Fails with `InvalidOption` when it is neither, or has a setting that is not
 * known, missing or of another type; never with what stands there.
 *
 * @param text what is in the file
 *
 * @example
 * ```ts
 * import { EmulatorConfig } from "@metal-otp/emulator"
 * import { Effect, FileSystem, Layer } from "effect"
 *
 * const ServerLive = Layer.unwrap(
 *   Effect.gen(function*() {
 *     const fs = yield* FileSystem.FileSystem
 *     return EmulatorConfig.layer(yield* EmulatorConfig.parse(yield* fs.readFileString("emulator.yaml")))
 *   })
 * )
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (text: string): Effect.Effect<EmulatorConfig, InvalidOption> =>
  Effect.suspend(() =>
    Effect.fromResult(
      Result.flatMap(parseYaml(text), (value) => Result.mapError(decode(value), (error) => invalid("config", error)))
    )
  )

/**
 * Reads one rule of a fault, as it stands in a file below `faults.rules`.
 *
 * Fails with `InvalidOption`, which names what is wrong by its path in the rule,
 * such as `fault.status`, or `rule` for the whole.
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
  Effect.suspend(() =>
    Effect.fromResult(
      Result.flatMap(
        Result.mapError(
          Result.try((): unknown => Yaml.parse(text)),
          () => new InvalidOption({ option: "rule", problem: "it is neither JSON nor YAML" })
        ),
        (value) => Result.mapError(decodeRule(value), (error) => invalid("rule", error))
      )
    )
  )

const within =
  (setting: string) =>
  ({ option, problem }: InvalidOption) =>
    new InvalidOption({ option: `${setting}.${option}`, problem })

const store = ({ filename, key }: NonNullable<EmulatorConfig["database"]>): Layer.Layer<Store, InvalidOption> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const given = key ?? (yield* Effect.mapError(Config.Redacted("METAL_EMULATOR_KEY"), () => noKey))
      const made = yield* SqliteStore.make({ filename, key: given })
      return { ...made, start: (start: Start) => Effect.mapError(made.start(start), within("database")) }
    }).pipe(Effect.mapError(within("database")))
  )

const noKey = new InvalidOption({ option: "key", problem: "it is neither in the file nor in METAL_EMULATOR_KEY" })

const delivery = (options: SmsDelivery.WebhookOptions): Layer.Layer<SmsDelivery.SmsDelivery, InvalidOption> =>
  Layer.effect(SmsDelivery.SmsDelivery, Effect.mapError(SmsDelivery.makeWebhook(options), within("smsWebhook"))).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

const emulator = (config: EmulatorConfig): Layer.Layer<Emulator.Emulator, InvalidOption> => {
  const { database, smsWebhook } = config
  const stored =
    database === undefined ? Emulator.layer(config) : Emulator.layer(config).pipe(Layer.provide(store(database)))
  return smsWebhook === undefined ? stored : stored.pipe(Layer.provide(delivery(smsWebhook)))
}

/**
 * The server as the file says, with the emulator and the faults behind it.
 *
 * Fails with `InvalidOption` or `InvalidRule` when a setting can't work, and
 * with `ServeError` when the port can't be had.
 *
 * @param config what `parse` read
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  config: EmulatorConfig
): Layer.Layer<
  EmulatorServer.EmulatorServer | Emulator.Emulator | Faults.Faults,
  InvalidOption | Faults.InvalidRule | ServeError
> =>
  EmulatorServer.layer(config).pipe(
    Layer.provideMerge(emulator(config)),
    Layer.provideMerge(Faults.layer(config.faults?.rules, config.faults))
  )
