/**
 * The whole story over real HTTP: an emulator on a free port of this machine, and
 * the client on undici, which has to connect in less time than a try may take: so a
 * host that does not answer is known to have done nothing. Secrets show as a program's own logs would show
 * them: not at all.
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { OtpsClient, RecoveryCodeList } from "@metal-otp/client"
import { Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Array, Console, Effect, Layer, Redacted } from "effect"

const authToken = Redacted.make("quickstart-token")

const HttpLive = NodeHttpClient.layerUndiciOptions({ connect: { timeout: 3000 }, allowH2: false })

const ClientLive = Layer.unwrap(
  Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => OtpsClient.layer({ authToken, baseUrl }))
).pipe(Layer.provideMerge(HttpLive))

const MainLive = ClientLive.pipe(
  Layer.provideMerge(EmulatorServer.layer()),
  Layer.provideMerge(Emulator.layer({ users: [{ authToken }] }))
)

const step = (title: string) => Console.log(`\n${title}`)

const failed = (error: { readonly _tag: string; readonly outcome: string; readonly message: string }) =>
  Console.log(`  failed with ${error._tag}, outcome ${error.outcome}\n  ${error.message}`)

const program = Effect.gen(function* () {
  const client = yield* OtpsClient.OtpsClient
  const emulator = yield* Emulator.Emulator
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  yield* Console.log(`The emulator listens at ${baseUrl}`)

  yield* step("1. List the recovery codes")
  const codes = yield* client.findRecoveryCodes()
  yield* Console.log(`  ${RecoveryCodeList.size(codes)} codes: ${codes.recoveryCodes.join(" ")}`)

  yield* step("2. Ask for an OTP by SMS")
  yield* client.receiveCodes()
  const sms = yield* Effect.fromOption(Array.last(yield* emulator.outbox))
  yield* Console.log(`  an SMS went to ${sms.phoneNumber}: "Your code is ${sms.otp}"`)

  yield* step("3. Verify it")
  yield* client.findEnsureOtp(sms.otp)
  yield* Console.log("  verified")

  yield* step("4. Verify it again: it is used up")
  yield* Effect.flatMap(Effect.flip(client.findEnsureOtp(sms.otp)), failed)

  yield* step("5. Use a recovery code instead")
  yield* client.findEnsureOtp(yield* Effect.fromOption(Array.head(codes.recoveryCodes)))
  yield* Console.log(`  verified, ${RecoveryCodeList.size(yield* client.findRecoveryCodes())} codes left`)

  yield* step("6. Generate new recovery codes")
  const fresh = yield* client.regenerateCodesConfirmed()
  yield* Console.log(`  ${RecoveryCodeList.size(fresh.codes)} new codes, outcome ${fresh.outcome}`)

  yield* step("7. Call with a token that nobody has")
  const stranger = yield* OtpsClient.make({ authToken: Redacted.make("not-the-token"), baseUrl })
  yield* Effect.flatMap(Effect.flip(stranger.receiveCodes()), failed)
})

program.pipe(Effect.provide(MainLive), NodeRuntime.runMain)
