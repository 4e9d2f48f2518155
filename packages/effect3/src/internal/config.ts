import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { WithConfig, WithToken } from "../ClientOptions.ts"
import { InvalidSetting } from "../InvalidSetting.ts"

/** The default source of the base URL. `undefined` if `METAL_API_URL` is not set. */
export const baseUrl: Config.Config<string | undefined> = /* @__PURE__ */ Config.map(
  /* @__PURE__ */ Config.option(/* @__PURE__ */ Config.string("METAL_API_URL")),
  Option.getOrUndefined
)

// A missing token is an `InvalidSetting`, because an uncaught `ConfigError` prints as "[object Object]".
const tokenFromEnvironment = /* @__PURE__ */ Effect.gen(function* () {
  const token = yield* Config.option(Config.redacted("METAL_AUTH_TOKEN"))
  if (Option.isSome(token)) return token.value
  return yield* new InvalidSetting({ setting: "authToken", problem: "METAL_AUTH_TOKEN is not set" })
})

/** Reads the token and the base URL. Returns the options of `make`. */
export const fromConfig = Effect.fnUntraced(function* <R>({
  authToken,
  ...options
}: WithConfig<R>): Effect.fn.Return<WithToken<R>, ConfigError | InvalidSetting> {
  const source = Config.isConfig(authToken) ? yield* authToken : (authToken ?? (yield* tokenFromEnvironment))
  return { ...options, authToken: source, baseUrl: yield* options.baseUrl ?? baseUrl }
})
