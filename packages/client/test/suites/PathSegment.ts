/** Every valid OTP arrives at a real HTTP server as one path segment that decodes to it. */
import { assert, describe, layer } from "@effect/vitest"
import { Otp } from "@metal-otp/schema"
import { Effect, Random, Redacted, Result } from "effect"
import { Drivers, type Platform } from "../support/Drivers.ts"
import { token } from "../support/operations.ts"
import { recordingServer } from "../support/Recording.ts"

/** Printable ASCII of up to 64 characters. Half of them are special in URLs. */
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

/** The decoded segment of the OTP. Fails the test if the rest of the request line differs. */
const segmentOf = (start: string): string => {
  const [, prefix, segment = "", ...rest] = /^(POST \/metal\/v1\/user\/otp\/verify\/)([^/?#]+)(.*)$/.exec(start) ?? []
  assert.deepStrictEqual([prefix, ...rest], ["POST /metal/v1/user/otp/verify/", ""], start)
  return decodeURIComponent(segment)
}

/** Sends random OTPs, with another seed for each platform. */
export const pathSegmentFrom = ({ name, options, layer: platform }: Platform, amount: number) =>
  describe(`path segment, from ${name}`, options, () => {
    layer(platform, { timeout: "30 seconds" })((it) => {
      it.effect(
        `${amount.toLocaleString("en")} random OTPs`,
        () =>
          Effect.gen(function* () {
            const { requests, baseUrl } = yield* recordingServer((response) => response.writeHead(204).end())
            const otps: Array<string> = []
            while (otps.length < amount) {
              const otp = yield* randomOtp
              if (Result.isSuccess(otp)) otps.push(Redacted.value(otp.success))
            }
            const driver = yield* Effect.flatMap(Drivers, ({ open }) => open)
            yield* driver.verifyAll({ baseUrl, token, otps })
            assert.strictEqual(requests.length, amount)
            const received = requests.map(({ method, url }) => segmentOf(`${method} ${url}`))
            assert.deepStrictEqual(counted(received), counted(otps))
          }).pipe(Random.withSeed(`path segment, from ${name}`)),
        180_000
      )
    })
  })
