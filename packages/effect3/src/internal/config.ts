import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InvalidSetting } from "../InvalidSetting.ts"
import type { ConfigOptions, Options } from "./options.ts"

/** Where the API is, by the environment. */
export const baseUrl: Config.Config<string | undefined> = /* @__PURE__ */ Config.map(
  /* @__PURE__ */ Config.option(/* @__PURE__ */ Config.string("METAL_API_URL")),
  Option.getOrUndefined
)

// A `ConfigError` is no `Error`: a program that does not catch it would end with "[object Object]".
const tokenOfEnvironment = /* @__PURE__ */ Effect.gen(function* () {
  const token = yield* Config.option(Config.redacted("METAL_AUTH_TOKEN"))
  if (Option.isSome(token)) return token.value
  return yield* new InvalidSetting({ setting: "authToken", problem: "METAL_AUTH_TOKEN is not set" })
})

/** Reads what a client with one token is made with. */
export const fromConfig = Effect.fnUntraced(function* <R>({
  authToken,
  ...options
}: ConfigOptions<R>): Effect.fn.Return<Options<R>, ConfigError | InvalidSetting> {
  const source = Config.isConfig(authToken) ? yield* authToken : (authToken ?? (yield* tokenOfEnvironment))
  return { ...options, authToken: source, baseUrl: yield* options.baseUrl ?? baseUrl }
})
