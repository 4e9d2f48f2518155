/**
 * A tour of the client over HTTP. The emulator listens on a free port of this machine. The client uses undici, with a
 * connect timeout that lets all tries end before the deadline: so a host that accepts no connection is known to have done
 * nothing. The secrets print as `<redacted>`.
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { OtpsClient, OtpSeed, RecoveryCodeList, TwoFactorAuthClient } from "@metal-otp/client"
import * as Totp from "@metal-otp/client/Totp"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Array, Console, Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("quickstart-token")

const HttpLive = NodeHttpClient.layerUndiciOptions({ connect: { timeout: 1500 }, allowH2: false })

const ClientLive = Layer.unwrap(
  Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) =>
    Layer.merge(OtpsClient.layer({ authToken, baseUrl }), TwoFactorAuthClient.layer({ authToken, baseUrl }))
  )
).pipe(Layer.provideMerge(HttpLive))

const MainLive = ClientLive.pipe(
  Layer.provideMerge(EmulatorServer.layer()),
  Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
)

const step = (title: string) => Console.log(`\n${title}`)

const printFailure = (error: { readonly _tag: string; readonly outcome: string; readonly message: string }) =>
  Console.log(`  failed with ${error._tag}, outcome ${error.outcome}\n  ${error.message}`)

/** Requests an SMS, and reads it from the emulator. */
const receiveSms = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const emulator = yield* Emulator.Emulator
  yield* client.receiveCodes()
  return yield* Effect.fromOption(Array.last(yield* emulator.outbox))
})

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const twoFactorAuth = yield* TwoFactorAuthClient.TwoFactorAuthClient
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  yield* Console.log(`The emulator listens at ${baseUrl}`)

  yield* step("1. List the recovery codes")
  const codes = yield* client.findRecoveryCodes()
  yield* Console.log(`  ${RecoveryCodeList.size(codes)} codes: ${codes.recoveryCodes.join(" ")}`)

  yield* step("2. Ask for an OTP by SMS")
  const sms = yield* receiveSms
  yield* Console.log(`  an SMS went to ${sms.phoneNumber}: "Your code is ${sms.otp}"`)

  yield* step("3. Verify it")
  yield* client.findEnsureOtp(sms.otp)
  yield* Console.log("  verified")

  yield* step("4. Verify it again: it is used up")
  yield* Effect.flatMap(Effect.flip(client.findEnsureOtp(sms.otp)), printFailure)

  yield* step("5. Use a recovery code instead")
  yield* client.findEnsureOtp(yield* Effect.fromOption(Array.head(codes.recoveryCodes)))
  yield* Console.log(`  verified, ${RecoveryCodeList.size(yield* client.findRecoveryCodes())} codes left`)

  yield* step("6. Generate new recovery codes")
  const fresh = yield* client.regenerateCodesConfirmed()
  yield* Console.log(`  ${RecoveryCodeList.size(fresh.codes)} new codes, outcome ${fresh.outcome}`)

  yield* step("7. Turn two-factor authentication by app on")
  const key = yield* OtpSeed.key(yield* client.seedApp())
  yield* twoFactorAuth.enableTfaApp(yield* Totp.code(key))
  yield* Console.log(`  on: the app shows a new code every ${key.period} seconds`)

  yield* step("8. Turn two-factor authentication by SMS on and off")
  yield* twoFactorAuth.enableTfaSms((yield* receiveSms).otp)
  yield* twoFactorAuth.disableTfaSms((yield* receiveSms).otp)
  yield* Console.log("  on, and off again")

  yield* step("9. Call with a token that nobody has")
  const stranger = yield* OtpsClient.make({ authToken: Redacted.make("not-the-token"), baseUrl })
  yield* Effect.flatMap(Effect.flip(stranger.receiveCodes()), printFailure)
})

program.pipe(Effect.provide(MainLive), NodeRuntime.runMain)
