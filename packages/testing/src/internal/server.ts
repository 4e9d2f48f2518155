/** The emulator's server, for `startEmulator`: the one place here that knows of Effect. */
import * as EmulatorConfig from "@metal-otp/emulator/EmulatorConfig"
import * as EmulatorServer from "@metal-otp/emulator/EmulatorServer"
import type { Rule, Time } from "@metal-otp/emulator/PromiseClient"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { StartOptions, StartUser } from "../StartEmulator.ts"

/** What of an emulator that has started is not the client's. */
interface Started {
  readonly authToken: string
  readonly baseUrl: string
  readonly pageUrl: string | undefined
  readonly close: () => Promise<void>
}

/** A number is milliseconds in a program, and seconds in a file. */
const inFile = (time: Time | undefined) => (typeof time === "number" ? time / 1000 : time)

const user = ({ authToken = `emulator-${crypto.randomUUID()}`, totp, ...others }: StartUser) => ({
  ...others,
  authToken,
  totp: totp && { ...totp, period: inFile(totp.period) }
})

const rule = ({ fault, ...calls }: Rule) => ({
  ...calls,
  fault: fault._tag === "Slow" ? { ...fault, delay: inFile(fault.delay) } : fault
})

/** The options as a file has them. */
const settingsOf = ({
  faults,
  otpTimeToLive,
  smsLimit,
  smsWebhook,
  users = [{}],
  wrongOtps,
  ...others
}: StartOptions) => ({
  ...others,
  users: users.map(user),
  otpTimeToLive: inFile(otpTimeToLive),
  smsLimit: smsLimit && { ...smsLimit, within: inFile(smsLimit.within) },
  smsWebhook: smsWebhook && { ...smsWebhook, timeout: inFile(smsWebhook.timeout) },
  wrongOtps: wrongOtps && { ...wrongOtps, within: inFile(wrongOtps.within), lockFor: inFile(wrongOtps.lockFor) },
  faults: faults && { ...faults, rules: faults.rules.map(rule) }
})

/** What is left out is not there, and a URL is a text. */
const asJson = (settings: object): unknown => JSON.parse(JSON.stringify(settings))

const codeOf = (cause: unknown) =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "no reason given"

const notListening = ({ host = "127.0.0.1", port = 0 }: StartOptions, cause: unknown) => {
  const code = codeOf(cause)
  const place = port === 0 ? host : `${host}, port ${port}`
  return Object.assign(
    new Error(`The emulator can't listen on ${place} (${code}). Give another host, or no port for a free one.`),
    { code }
  )
}

/** The emulator while its scope lasts. */
const runtimeOf = Effect.fnUntraced(function* (options: StartOptions) {
  const config = yield* EmulatorConfig.decode(asJson(settingsOf(options)))
  const runtime = ManagedRuntime.make(EmulatorConfig.layer(config))
  const context = yield* Effect.onError(runtime.contextEffect, () => runtime.disposeEffect)
  const { baseUrl, pageUrl } = Context.get(context, EmulatorServer.EmulatorServer)
  const [first] = config.users
  return {
    authToken: first === undefined ? "" : Redacted.value(first.authToken),
    baseUrl,
    pageUrl: Option.getOrUndefined(pageUrl),
    close: () => runtime.dispose()
  }
})

/**
 * Starts the server. Rejects as `startEmulator` does.
 *
 * @param options those of `startEmulator`
 */
export const start = async (options: StartOptions): Promise<Started> => {
  const exit = await Effect.runPromiseExit(
    runtimeOf(options).pipe(
      Effect.catchTags({
        InvalidOption: ({ message }) => Effect.fail(new TypeError(message)),
        InvalidRule: ({ message }) => Effect.fail(new TypeError(`faults.${message}`)),
        ServeError: ({ cause }) => Effect.fail(notListening(options, cause))
      })
    )
  )
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  return exit.value
}
