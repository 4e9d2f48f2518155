/** A process for one measurement on the emulator in memory. Its argument is the measurement's id. */
import { OtpsClient } from "@metal-otp/client"
import { Emulator, EmulatorHttpClient } from "@metal-otp/emulator"
import { Otp } from "@metal-otp/schema"
import { Effect, Layer, ManagedRuntime, Record, Redacted, Schema } from "effect"
import { HttpClient, HttpServerResponse } from "effect/http"
import { Repeat } from "./Protocol.ts"
import { answers, otp as wrongOtp, token } from "./Scenario.ts"

const authToken = Redacted.make(token)

const EmulatorLive = EmulatorHttpClient.layer.pipe(
  Layer.provideMerge(Emulator.layer({ users: [{ authToken }], wrongOtps: { max: 1000, within: 1, lockFor: 1 } }))
)

const contentType = "application/json"

/** The emulator's replies, made in advance, to measure the client's own part. */
const ready = {
  findRecoveryCodes: HttpServerResponse.text(answers.success.body ?? "", { contentType }),
  receiveCodes: HttpServerResponse.empty(),
  findEnsureOtp: HttpServerResponse.text('{"errors":["The OTP is not valid"]}', { contentType, status: 400 })
}

const replying = (reply: HttpServerResponse.HttpServerResponse) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) => Effect.succeed(HttpServerResponse.toClientResponse(reply, { request })))
  )

type Run = (times: number) => Promise<unknown>

const calling = async <E>(
  transport: Layer.Layer<HttpClient.HttpClient, E>,
  call: (client: OtpsClient.Service) => Effect.Effect<unknown, unknown>
): Promise<Run> => {
  const runtime = ManagedRuntime.make(transport)
  const client = await runtime.runPromise(OtpsClient.make({ authToken, baseUrl: "https://emulator.example/metal/v1" }))
  return (times) => runtime.runPromise(Effect.replicateEffect(call(client), times, { discard: true }))
}

const building = Effect.scoped(Layer.build(Layer.fresh(EmulatorLive)))

const calls = {
  findRecoveryCodes: (client: OtpsClient.Service) => client.findRecoveryCodes(),
  receiveCodes: (client: OtpsClient.Service) => client.receiveCodes(),
  findEnsureOtp: (client: OtpsClient.Service) =>
    Effect.flip(Effect.flatMap(Otp.make(wrongOtp), (otp) => client.findEnsureOtp(otp)))
}

const measurements: Record<string, () => Promise<Run>> = {
  ...Record.map(calls, (call) => () => calling(EmulatorLive, call)),
  ...Record.mapEntries(calls, (call, name) => [`client/${name}`, () => calling(replying(ready[name]), call)]),
  layers: () =>
    Promise.resolve((times) => Effect.runPromise(Effect.replicateEffect(building, times, { discard: true })))
}

const [, , id = ""] = process.argv

const run = await measurements[id]?.()

/** The processor time, which other processes on the machine don't change. */
const microseconds = () => {
  const { system, user } = process.cpuUsage()
  return system + user
}

const obey = async ({ times }: Repeat) => {
  const begin = microseconds()
  await run?.(times)
  return (microseconds() - begin) / times
}

const decode = Schema.decodeUnknownPromise(Repeat)

process.on("message", (message) => {
  void decode(message)
    .then(obey)
    .then((perCall) => process.send?.({ _tag: "Answer", perCall }))
})
process.on("disconnect", () => process.exit())
process.send?.({ _tag: "Ready" })
