/** Whatever passes for an OTP arrives as exactly one path segment that decodes to it, at a real HTTP server. */
import { assert, describe, layer } from "@effect/vitest"
import { Otp } from "@metal-otp/schema"
import { Effect, Random, Redacted, Result } from "effect"
import { Place, type Where } from "../support/Drivers.ts"
import { token } from "../support/operations.ts"
import { recording } from "../support/Recording.ts"

/** Printable ASCII of any length, with the characters that URLs care about more often than the rest. */
const randomOtp = Effect.gen(function* () {
  const length = yield* Random.nextIntBetween(1, 65, { halfOpen: true })
  const characters = yield* Effect.replicateEffect(
    Effect.flatMap(Random.nextBoolean, (special) =>
      special
        ? Effect.map(Random.nextIntBetween(0, 24, { halfOpen: true }), (n) => "./\\?#%&+;:@=~^|<>\"'`{} -".charAt(n))
        : Effect.map(Random.nextIntBetween(0x20, 0x7f, { halfOpen: true }), (code) => String.fromCharCode(code))
    ),
    length
  )
  return Otp.parse(characters.join(""))
})

const counted = (values: Iterable<string>) => {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** What stands in the place of the OTP, if the rest is as it must be. */
const segmentOf = (start: string): string => {
  const [, prefix, segment = "", ...rest] = /^(POST \/metal\/v1\/user\/otp\/verify\/)([^/?#]+)(.*)$/.exec(start) ?? []
  assert.deepStrictEqual([prefix, ...rest], ["POST /metal/v1/user/otp/verify/", ""], start)
  return decodeURIComponent(segment)
}

/** Sends that many random OTPs, others than from the other transports. */
export const pathSegmentFrom = ({ name, options, layer: transport }: Where, amount: number) =>
  describe(`path segment, from ${name}`, options, () => {
    layer(transport, { timeout: "30 seconds" })((it) => {
      it.effect(
        `${amount.toLocaleString("en")} random OTPs`,
        () =>
          Effect.gen(function* () {
            const { arrived, baseUrl } = yield* recording((response) => response.writeHead(204).end())
            const otps: Array<string> = []
            while (otps.length < amount) {
              const otp = yield* randomOtp
              if (Result.isSuccess(otp)) otps.push(Redacted.value(otp.success))
            }
            const driver = yield* Effect.flatMap(Place, ({ open }) => open)
            yield* driver.verifyAll({ baseUrl, token, otps })
            assert.strictEqual(arrived.length, amount)
            const received = arrived.map(({ method, url }) => segmentOf(`${method} ${url}`))
            assert.deepStrictEqual(counted(received), counted(otps))
          }).pipe(Random.withSeed(`path segment, from ${name}`)),
        180_000
      )
    })
  })
