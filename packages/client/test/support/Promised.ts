/** The client of promises on a `fetch` that a function answers. */
import { assert } from "@effect/vitest"
import {
  type CallOptions,
  isOtpsFailure,
  makeOtps,
  type Options,
  type OtpsFailure,
  type Otps
} from "@metal-otp/client/promise"
import type { Operation } from "@metal-otp/schema"
import { vi } from "vitest"
import { otp, token } from "./operations.ts"

const baseUrl = "https://api.example/metal/v1"

/** A call of each operation. */
export const call: Record<Operation.Operation, (otps: Otps, options?: CallOptions) => Promise<unknown>> = {
  findRecoveryCodes: (otps, options) => otps.findRecoveryCodes(options),
  regenerateCodes: (otps, options) => otps.regenerateCodes(options),
  receiveCodes: (otps, options) => otps.receiveCodes(options),
  findEnsureOtp: (otps, options) => otps.findEnsureOtp(otp, options),
  seedApp: (otps, options) => otps.seedApp(options),
  enableTfaApp: (otps, options) => otps.enableTfaApp(otp, options),
  disableTfaApp: (otps, options) => otps.disableTfaApp(otp, options),
  enableTfaSms: (otps, options) => otps.enableTfaSms(otp, options),
  disableTfaSms: (otps, options) => otps.disableTfaSms(otp, options)
}

interface Sent {
  readonly url: string
  readonly token: string | null
  readonly signal: AbortSignal
}

/** Makes a client on a `fetch` that records its requests. */
export const scripted = (answer: (sent: Sent) => Response | Promise<Response>, options: Partial<Options> = {}) => {
  const sent: Array<Sent> = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const one = {
      url: String(input),
      token: new Headers(init?.headers).get("x-auth-token"),
      signal: init?.signal ?? assert.fail("no signal")
    }
    sent.push(one)
    return answer(one)
  }
  return { fetch, sent, otps: makeOtps({ baseUrl, authToken: token, fetch, ...options }) }
}

export const done = () => new Response(null, { status: 204 })

/** Never answers, and rejects when the request is aborted, as `fetch` does. */
export const hang = ({ signal }: Sent) =>
  new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))

/** The error that a promise is rejected with. Fails the test if it is fulfilled. */
export const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail("it was not rejected"),
    (error: unknown) => error
  )

export const failure = async (promise: Promise<unknown>): Promise<OtpsFailure> => {
  const error = await rejected(promise)
  return isOtpsFailure(error) ? error : assert.fail(String(error))
}

/** Advances fake timers until a promise is settled. */
export const advanceUntilSettled = async <A>(promise: Promise<A>): Promise<A> => {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  const pass = async (): Promise<void> => {
    if (isSettled) return
    await vi.advanceTimersByTimeAsync(100)
    await new Promise(setImmediate)
    return pass()
  }
  await pass()
  return promise
}
