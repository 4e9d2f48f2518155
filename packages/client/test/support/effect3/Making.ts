/** Makes the clients of one token. */
import type { OtpsClient } from "@metal-otp/client"
import type { InvalidSetting } from "@metal-otp/schema"
import { Config, Context, Effect, Option, Record, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import * as Bridge from "../../../../effect3/test/driver/Bridge.ts"
import { making, type serviceOf } from "./Service.ts"

type Kind = Parameters<typeof Bridge.make>[0]

type Made = Parameters<typeof serviceOf>

/** Makes a client with options. */
export const made = Effect.fnUntraced(function* <R>(
  kind: Kind,
  { authToken, ...options }: OtpsClient.Options<R>
): Effect.fn.Return<Made, InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> {
  const services = yield* Effect.context<R>()
  const plain = Redacted.isRedacted(authToken) ? Redacted.value(authToken) : undefined
  const [client, http] = yield* making(options, (options, host) => Bridge.make(kind, plain, options, host))
  const source = Redacted.isRedacted(authToken)
    ? authToken
    : Effect.updateContext(authToken, (caller: Context.Context<never>) => Context.merge(services, caller))
  return [client, http, source]
})

const optional = (name: string) => Config.option(Config.String(name))

/** Makes a client from the configuration. Version 4 reads the variables, and the client of version 3 interprets them. */
export const configured = Effect.fnUntraced(function* <R>(
  kind: Kind,
  { authToken, baseUrl, ...options }: OtpsClient.ConfigOptions<R>
): Effect.fn.Return<Made, Config.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient | R> {
  const url = yield* baseUrl ?? Config.succeed(undefined)
  if (authToken !== undefined) {
    const source = Config.isConfig(authToken) ? yield* authToken : authToken
    const api = Option.getOrUndefined(yield* optional("METAL_API_URL"))
    return yield* made<R>(kind, { ...options, authToken: source, baseUrl: url ?? api })
  }
  const environment = {
    METAL_AUTH_TOKEN: yield* optional("METAL_AUTH_TOKEN"),
    METAL_API_URL: yield* optional("METAL_API_URL")
  }
  const [client, http] = yield* making({ ...options, baseUrl: url }, (options, host) =>
    Bridge.makeFromEnvironment(kind, Record.getSomes(environment), options, host)
  )
  return [client, http, undefined]
})
