/** Starts the server for `startEmulator`. Only this module uses Effect, and it is loaded at the first start. */
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

/** A started server. `startEmulator` adds the client. */
interface Started {
  readonly authToken: string
  readonly baseUrl: string
  readonly pageUrl: string | undefined
  readonly close: () => Promise<void>
}

/** A number is milliseconds here, and seconds in the emulator's settings. */
const inSettings = (time: Time | undefined) => (typeof time === "number" ? time / 1000 : time)

const user = ({ authToken = `emulator-${crypto.randomUUID()}`, totp, ...others }: StartUser) => ({
  ...others,
  authToken,
  totp: totp && { ...totp, period: inSettings(totp.period) }
})

const rule = ({ fault, ...calls }: Rule) => ({
  ...calls,
  fault: fault._tag === "Slow" ? { ...fault, delay: inSettings(fault.delay) } : fault
})

/** The options as the emulator's settings file has them. */
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
  otpTimeToLive: inSettings(otpTimeToLive),
  smsLimit: smsLimit && { ...smsLimit, within: inSettings(smsLimit.within) },
  smsWebhook: smsWebhook && { ...smsWebhook, timeout: inSettings(smsWebhook.timeout) },
  wrongOtps: wrongOtps && {
    ...wrongOtps,
    within: inSettings(wrongOtps.within),
    lockFor: inSettings(wrongOtps.lockFor)
  },
  faults: faults && { ...faults, rules: faults.rules.map(rule) }
})

/** Removes keys that are `undefined`, and makes a `URL` a text, as in a file. */
const asJson = (settings: object): unknown => JSON.parse(JSON.stringify(settings))

const codeOf = (cause: unknown) =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "unknown error"

const notListening = ({ host = "127.0.0.1", port = 0 }: StartOptions, cause: unknown) => {
  const code = codeOf(cause)
  const place = port === 0 ? host : `${host}, port ${port}`
  return Object.assign(
    new Error(
      `The emulator can't listen on ${place} (${code}). Choose another port or host, or leave the port out for a free one.`
    ),
    { code }
  )
}

const startServer = Effect.fnUntraced(function* (options: StartOptions) {
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
 * @param options the options of `startEmulator`
 */
export const start = async (options: StartOptions): Promise<Started> => {
  const exit = await Effect.runPromiseExit(
    startServer(options).pipe(
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
