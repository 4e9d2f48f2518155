/** A process that serves the emulator from settings. It sends its port, and its memory on request. */
import { NodeRuntime } from "@effect/platform-node"
import { EmulatorConfig, EmulatorServer } from "@metal-otp/emulator"
import { Duration, Effect, Layer, Redacted, Schema } from "effect"
import { Ask, Settings, type Usage } from "./Messages.ts"
import { tokenOf } from "./Users.ts"

const usage = (): Usage => {
  const { external, heapTotal, heapUsed, rss } = process.memoryUsage()
  const { system, user } = process.cpuUsage()
  return { _tag: "Usage", rss, heapUsed, heapTotal, external, cpu: user + system }
}

const isAsk = Schema.is(Ask)

const answer = (message: unknown) => {
  if (!isAsk(message)) return
  if (message.collect) globalThis.gc?.()
  process.send?.(usage())
}

const served = Effect.gen(function* () {
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  process.on("message", answer)
  process.send?.({ _tag: "Ready", port: Number(new URL(baseUrl).port) })
  return yield* Effect.never
})

const main = Effect.gen(function* () {
  const { database, users } = yield* Schema.decodeUnknownEffect(Settings)(process.argv[2])
  const emulator = EmulatorConfig.layer({
    users: Array.from({ length: users }, (_, place) => ({ authToken: Redacted.make(tokenOf(place)) })),
    // The outbox keeps valid codes: with the default validity, it would grow during the whole run.
    otpTimeToLive: Duration.seconds(5),
    // As long as the output of `openssl rand -hex 32`.
    ...(database !== undefined && { database: { filename: database, key: Redacted.make("5e".repeat(32)) } })
  })
  return yield* Effect.provide(served, Layer.orDie(emulator))
})

NodeRuntime.runMain(main)
