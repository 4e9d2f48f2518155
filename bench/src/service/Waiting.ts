/** How long a test that waits for a code waits too long. */
import { PromiseClient } from "@metal-otp/emulator"
import { Effect } from "effect"
import { token } from "../Scenario.ts"

/**
 * Milliseconds from when the SMS is asked for to when the waiting has its code, so often. The call of the API is in it,
 * which a test makes too.
 *
 * @param url of the emulator
 * @param times how often
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
    // The request that waits is there by then.
    yield* Effect.sleep("20 millis")
    const begin = performance.now()
    yield* Effect.promise(() => Promise.all([waiting, sendSms()]))
    return received - begin
  })
  return yield* Effect.forEach(Array.from({ length: times }), () => once)
})
