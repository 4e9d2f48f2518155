import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InvalidSetting } from "../InvalidSetting.ts"

/** The token of the environment. A `ConfigError` is no `Error`, so one that is missing is told as a setting. */
export const METAL_AUTH_TOKEN = /* @__PURE__ */ Effect.gen(function* () {
  const token = yield* Config.option(Config.redacted("METAL_AUTH_TOKEN"))
  if (Option.isSome(token)) return token.value
  return yield* new InvalidSetting({ setting: "authToken", problem: "METAL_AUTH_TOKEN is not set" })
})

/** Where the API is, if the environment says so. */
export const METAL_API_URL: Config.Config<string | undefined> = /* @__PURE__ */ Config.map(
  /* @__PURE__ */ Config.option(/* @__PURE__ */ Config.string("METAL_API_URL")),
  Option.getOrUndefined
)
