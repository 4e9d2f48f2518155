/**
 * Looks at everything between the person and the API, one thing after the
 * other: the settings here, and then the way to the API.
 */
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type Finding, local } from "./Finding.ts"
import { printable } from "./Printable.ts"
import * as Reach from "./Reach.ts"
import * as Screen from "./Screen.ts"
import { BadSetting } from "./BadSetting.ts"
import type { Settings } from "./Settings.ts"
import * as Transport from "./Transport.ts"

const supported = (version: string) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 22 || (major === 22 && minor >= 19)
}

const configuration = Effect.fnUntraced(function* (settings: Settings) {
  const file = yield* Effect.result(settings.file)
  if (Result.isFailure(file)) return local("config", "failed", file.failure.message)
  const { exists, open, path } = file.success
  if (!exists) return local("config", "ok", `${path} does not exist, which is fine`)
  return open
    ? local("config", "warning", `${path} can be read by other users: chmod 600`)
    : local("config", "ok", path)
})

/** A setting that can't be had; what makes the file unusable has been told as `config`. */
const unusable = (check: Finding["check"], failure: { readonly message: string }) =>
  failure instanceof BadSetting && failure.setting === "config"
    ? local(check, "failed", "unknown, because of config")
    : local(check, "failed", failure.message)

/** One setting, which may be fine but for where it is from. */
const setting = <A, R>(
  check: Finding["check"],
  found: Effect.Effect<{ readonly value: A; readonly source: string }, { readonly message: string }, R>,
  told: (value: A) => string,
  doubtful?: string
) =>
  Effect.match(found, {
    onSuccess: ({ source, value }) =>
      local(check, source === doubtful ? "warning" : "ok", `${told(value)}, from ${source}`),
    onFailure: (failure) => unusable(check, failure)
  })

/** Looks at everything. */
export const examine = Effect.fnUntraced(function* (settings: Settings) {
  const findings: Array<Finding> = []
  const add = (finding: Finding) => void findings.push(finding)

  const { node } = process.versions
  add(local("node", supported(node) ? "ok" : "failed", supported(node) ? node : `${node}, but 22.19 is needed`))
  const { colors, isTerminal } = yield* Screen.capabilities
  add(local("terminal", "ok", isTerminal ? (colors ? "with colors" : "without colors") : "none"))
  add(yield* configuration(settings))
  add(
    yield* setting(
      "output",
      settings.output,
      Option.getOrElse(() => "as it fits")
    )
  )
  add(yield* setting("timeout", settings.timeout, Duration.format))
  add(yield* setting("retries", settings.retries, String))

  add(yield* setting("token", settings.token, () => "set", "--token"))

  const apiUrl = yield* Effect.result(settings.apiUrl)
  if (Result.isFailure(apiUrl)) {
    add(unusable("api-url", apiUrl.failure))
    return findings
  }
  const { source, value: baseUrl } = apiUrl.success
  add(
    new URL(baseUrl).host === new URL(defaultBaseUrl).host
      ? local("api-url", "warning", `${printable(baseUrl)}, from ${source}: Equinix switched Metal off on 30 June 2026`)
      : local("api-url", "ok", `${printable(baseUrl)}, from ${source}`)
  )
  const way = yield* Effect.result(Transport.wayTo(baseUrl))
  if (Result.isFailure(way)) {
    add(local("proxy", "failed", way.failure.message))
    return findings
  }
  add(local("proxy", "ok", way.success.why))
  yield* Reach.examine(new URL(baseUrl), way.success, add)
  return findings
})
