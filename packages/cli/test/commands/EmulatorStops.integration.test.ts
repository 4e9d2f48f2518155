/** How `metal-otp emulator` ends at a signal, while a client holds a connection. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect, type Socket } from "node:net"
import { lastLine } from "../suites/Emulator.ts"
import * as Binary from "../support/Binary.ts"

/** Starts the emulator, and opens a connection to it that sends nothing. */
const startWithConnection = Effect.gen(function* () {
  const { child, ended, stdoutSoFar, waitFor } = yield* Binary.start(["emulator", "--user", "me"])
  yield* waitFor(lastLine)
  const { port } = new URL(/METAL_API_URL=(\S+)/.exec(stdoutSoFar())?.[1] ?? "")
  const socket = yield* Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(Number(port), "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  // The server accepts connections in order, so after this request it has accepted the silent one.
  yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/docs`, { headers: { connection: "close" } }))
  return { child, ended, port: Number(port), socket }
})

/** Waits until the port refuses connections: the emulator has begun to stop. */
const waitUntilStopping = (port: number): Effect.Effect<void> =>
  Effect.callback<boolean>((resume) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.succeed(false))
    })
    socket.on("error", () => resume(Effect.succeed(true)))
  }).pipe(Effect.flatMap((stopping) => (stopping ? Effect.void : waitUntilStopping(port))))

describe("emulator", () => {
  it.effect.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const)("ends at %s with its exit code", ([signal, code]) =>
    Effect.gen(function* () {
      const { child, ended } = yield* startWithConnection
      child.kill(signal)
      const { code: got, stderr } = yield* ended
      assert.deepStrictEqual([got, stderr], [code, ""])
    }).pipe(Effect.scoped)
  )

  it.effect.each([
    ["SIGTERM", "SIGINT", 130],
    ["SIGINT", "SIGTERM", 143],
    ["SIGINT", "SIGHUP", 129]
  ] as const)("ends at %s, and at once at a second signal, %s", ([first, second, code]) =>
    Effect.gen(function* () {
      const { child, ended, port } = yield* startWithConnection
      child.kill(first)
      yield* waitUntilStopping(port)
      child.kill(second)
      const { code: got, stderr } = yield* ended
      assert.deepStrictEqual([got, stderr], [code, ""])
    }).pipe(Effect.scoped)
  )
})
