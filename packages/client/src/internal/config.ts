/** Reads the options of `layerConfig` from `Config`. */
import { InvalidSetting } from "@metal-otp/schema/InvalidSetting"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { WithConfig, WithToken } from "../ClientOptions.ts"

/** The default source of the base URL. `undefined` if `METAL_API_URL` is not set. */
export const baseUrl = /* @__PURE__ */ Config.withDefault(/* @__PURE__ */ Config.String("METAL_API_URL"), undefined)

// A missing token is an `InvalidSetting`, because an uncaught `ConfigError` prints as "[object Object]".
const tokenFromEnvironment = Effect.gen(function* () {
  const token = yield* Config.option(Config.Redacted("METAL_AUTH_TOKEN"))
  if (Option.isSome(token)) return token.value
  return yield* new InvalidSetting({ setting: "authToken", problem: "METAL_AUTH_TOKEN is not set" })
})

/** Reads the token and the base URL. Returns the options of `make`. */
export const fromConfig = Effect.fnUntraced(function* <R>({
  authToken,
  ...options
}: WithConfig<R>): Effect.fn.Return<WithToken<R>, Config.ConfigError | InvalidSetting> {
  const source = Config.isConfig(authToken) ? yield* authToken : (authToken ?? (yield* tokenFromEnvironment))
  return { ...options, authToken: source, baseUrl: yield* options.baseUrl ?? baseUrl }
})
