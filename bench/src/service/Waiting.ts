/** Measures the delay of a test that waits for a code. */
import { PromiseClient } from "@metal-otp/emulator"
import { Effect } from "effect"
import { token } from "../Scenario.ts"

/**
 * Measures the milliseconds from the call that sends an SMS to the code's arrival. They include that call, which a test
 * makes too.
 *
 * @param url the emulator's URL
 * @param times the number of measurements
 */
export const measure = Effect.fnUntraced(function* (url: URL, times: number) {
  const emulator = PromiseClient.connectEmulator(url.origin)
  const {
    users: [user]
  } = yield* Effect.promise(() => emulator.users.list())
  if (user === undefined) return yield* Effect.die("the emulator has no users")
  const sendSms = () =>
    fetch(`${emulator.baseUrl}/user/otp/sms/receive`, { method: "POST", headers: { "x-auth-token": token } })
  const once = Effect.gen(function* () {
    const { messages } = yield* Effect.promise(() => emulator.messages.list({ limit: 1 }))
    const after = messages[0]?.id ?? 0
    let received = 0
    const waiting = emulator.otp({ user: user.name, after, wait: "10s" }).then((otp) => {
      received = performance.now()
      return otp
    })
    // Gives the waiting request time to arrive.
    yield* Effect.sleep("20 millis")
    const begin = performance.now()
    yield* Effect.promise(() => Promise.all([waiting, sendSms()]))
    return received - begin
  })
  return yield* Effect.forEach(Array.from({ length: times }), () => once)
})
