import { AuthToken } from "@metal-otp/schema"
import { Duration, Effect, Option } from "effect"
import type { Settings } from "../../src/Settings.ts"

const found = <A>(value: A) => Effect.succeed({ value, source: "a test" })

/** Settings as they could be found, without anything being looked up. */
export const settings = (given: {
  readonly apiUrl: string
  readonly timeout?: Duration.Duration
  readonly retries?: number
}): Settings => ({
  file: Effect.succeed({ path: "none", exists: false, open: false, values: {}, unread: Option.none() }),
  token: Effect.flatMap(Effect.orDie(AuthToken.make("token-of-the-tests")), found),
  apiUrl: found(given.apiUrl),
  timeout: found(given.timeout ?? Duration.seconds(10)),
  retries: found(given.retries ?? 3),
  output: found(Option.none()),
  allowInsecureHttp: true
})
