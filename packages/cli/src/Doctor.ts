/**
 * The checks of `doctor`: first the settings and this machine, then the network to the API.
 */
import { defaultBaseUrl } from "@metal-otp/schema/Endpoint"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { BadSetting } from "./BadSetting.ts"
import { type CheckResult, local } from "./CheckResult.ts"
import * as NetworkChecks from "./NetworkChecks.ts"
import * as NodeVersion from "./NodeVersion.ts"
import { printable } from "./Printable.ts"
import * as Settings from "./Settings.ts"
import * as TerminalCapabilities from "./TerminalCapabilities.ts"
import * as Transport from "./Transport.ts"

const checkNode = (version: string) =>
  NodeVersion.isSupported(version)
    ? local("node", "ok", version)
    : local("node", "failed", `${version}, but ${NodeVersion.minimum} or newer is needed`)

const checkTerminal = ({ colors, isTerminal }: TerminalCapabilities.TerminalCapabilities) =>
  local("terminal", "ok", isTerminal ? (colors ? "with colors" : "without colors") : "none on standard error")

const checkConfig = Effect.fnUntraced(function* (settings: Settings.Settings) {
  const file = yield* Effect.result(settings.file)
  if (Result.isFailure(file)) return failed("config", file.failure)
  const { exists, isReadableByOthers, path } = file.success
  if (!exists) return local("config", "ok", `${path} does not exist, which is fine`)
  return isReadableByOthers
    ? local("config", "warning", `other users can read ${path}: run chmod 600 on it`)
    : local("config", "ok", path)
})

type SettingFailure = BadSetting | { readonly _tag: string; readonly message: string }

const isBadSetting = (failure: SettingFailure): failure is BadSetting => failure._tag === "BadSetting"

const failed = (check: CheckResult["check"], failure: SettingFailure) => {
  if (!isBadSetting(failure)) return local(check, "failed", failure.message)
  // The check `config` has already said what is wrong with the file.
  if (failure.setting === "config" && check !== "config") return local(check, "failed", "unknown, because of config")
  return local(check, "failed", `from ${failure.source}: ${failure.problem}`)
}

const withSource = (value: string, source: string) =>
  source === Settings.defaultSource ? `${value}, ${source}` : `${value}, from ${source}`

/** Checks one setting. */
const checkSetting = <A, R>(
  check: CheckResult["check"],
  setting: Effect.Effect<Settings.Setting<A>, SettingFailure, R>,
  show: (value: A) => string
) =>
  Effect.match(setting, {
    onSuccess: ({ source, value }) => local(check, "ok", withSource(show(value), source)),
    onFailure: (failure) => failed(check, failure)
  })

const checkToken = (settings: Settings.Settings) =>
  Effect.match(settings.token, {
    onSuccess: ({ source }) =>
      source === "--token"
        ? local("token", "warning", "set, from --token: other users can see it in the process list")
        : local("token", "ok", withSource("set", source)),
    onFailure: (failure) => failed("token", failure)
  })

const checkApiUrl = ({ source, value: baseUrl }: Settings.Setting<string>) => {
  const detail = withSource(printable(baseUrl), source)
  return new URL(baseUrl).host === new URL(defaultBaseUrl).host
    ? local("api-url", "warning", `${detail}: Equinix switched Metal off on 30 June 2026`)
    : local("api-url", "ok", detail)
}

/** Runs all checks. */
export const run = Effect.fnUntraced(function* (settings: Settings.Settings) {
  const results: Array<CheckResult> = [
    checkNode(process.versions.node),
    checkTerminal(yield* TerminalCapabilities.stderr),
    yield* checkConfig(settings),
    yield* checkSetting(
      "output",
      settings.output,
      Option.getOrElse(() => "a table on a terminal, plain lines on a pipe")
    ),
    yield* checkSetting("timeout", settings.timeout, Duration.format),
    yield* checkSetting("retries", settings.retries, String),
    yield* checkToken(settings)
  ]
  const add = (result: CheckResult) => void results.push(result)

  const apiUrl = yield* Effect.result(settings.apiUrl)
  if (Result.isFailure(apiUrl)) {
    add(failed("api-url", apiUrl.failure))
    return results
  }
  add(checkApiUrl(apiUrl.success))
  const route = yield* Effect.result(Transport.routeTo(apiUrl.success.value))
  if (Result.isFailure(route)) {
    add(failed("proxy", route.failure))
    return results
  }
  add(local("proxy", "ok", route.success.description))
  yield* NetworkChecks.run(new URL(apiUrl.success.value), route.success, add)
  return results
})
