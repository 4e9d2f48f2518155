/** Settings without any source, for tests of modules that use settings. */
import { AuthToken } from "@metal-otp/schema"
import { Duration, Effect, Option } from "effect"
import type { Settings } from "../../src/Settings.ts"

const setting = <A>(value: A) => Effect.succeed({ value, source: "a test" })

export const settings = (options: {
  readonly apiUrl: string
  readonly timeout?: Duration.Duration
  readonly retries?: number
}): Settings => ({
  file: Effect.succeed({ path: "none", exists: false, isReadableByOthers: false, values: {} }),
  token: Effect.flatMap(Effect.orDie(AuthToken.make("token-of-the-tests")), setting),
  apiUrl: setting(options.apiUrl),
  timeout: setting(options.timeout ?? Duration.seconds(10)),
  retries: setting(options.retries ?? 3),
  output: setting(Option.none()),
  allowInsecureHttp: true
})
