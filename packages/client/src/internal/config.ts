import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ConfigOptions, Options } from "./options.ts"

/** Where the API is, by the environment. */
export const baseUrl = /* @__PURE__ */ Config.withDefault(/* @__PURE__ */ Config.String("METAL_API_URL"), undefined)

// A `ConfigError` is no `Error`: a program that does not catch it would end with "[object Object]".
const tokenOfEnvironment = Effect.gen(function* () {
  const token = yield* Config.option(Config.Redacted("METAL_AUTH_TOKEN"))
  if (Option.isSome(token)) return token.value
  return yield* new InvalidSetting({ setting: "authToken", problem: "METAL_AUTH_TOKEN is not set" })
})

/** Reads what a client with one token is made with. */
export const fromConfig = Effect.fnUntraced(function* <R>({
  authToken,
  ...options
}: ConfigOptions<R>): Effect.fn.Return<Options<R>, Config.ConfigError | InvalidSetting> {
  const source = Config.isConfig(authToken) ? yield* authToken : (authToken ?? (yield* tokenOfEnvironment))
  return { ...options, authToken: source, baseUrl: yield* options.baseUrl ?? baseUrl }
})
