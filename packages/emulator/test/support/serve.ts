/**
 * A program for the test that kills it: a server with its state in SQLite. It prints one line of JSON with its base URL,
 * and with the outbox and the counts that it found in the file.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Emulator, EmulatorServer, SqliteStore } from "@metal-otp/emulator"
import { Console, Effect, Layer, Redacted } from "effect"

const [, , filename = "", ...names] = process.argv

const EmulatorLive = Emulator.layer({
  users: names.map((name) => ({ authToken: Redacted.make(name), name })),
  outboxSize: 1_000_000,
  wrongOtps: { max: 1000 }
}).pipe(Layer.provide(SqliteStore.layer({ filename, key: Redacted.make("0123456789abcdef".repeat(4)) })))

Effect.gen(function* () {
  const { baseUrl } = yield* EmulatorServer.EmulatorServer
  const emulator = yield* Emulator.Emulator
  const outbox = (yield* emulator.outbox).map(({ otp, user }) => [user, Redacted.value(otp)])
  yield* Console.log(JSON.stringify({ baseUrl, outbox, counts: yield* emulator.counts }))
  return yield* Effect.never
}).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(EmulatorLive))), NodeRuntime.runMain)
