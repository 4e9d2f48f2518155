import * as Config from "effect/Config"
import * as Option from "effect/Option"

/** Where the API is, from the environment, if that says so. */
export const METAL_API_URL: Config.Config<string | undefined> = /* @__PURE__ */ Config.map(
  /* @__PURE__ */ Config.option(/* @__PURE__ */ Config.string("METAL_API_URL")),
  Option.getOrUndefined
)
