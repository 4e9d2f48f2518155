/** How `metal-otp emulator` ends, with a client that says nothing. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect, type Socket } from "node:net"
import * as Binary from "../support/Binary.ts"

/** The emulator, and a silent connection to it. */
const started = Effect.gen(function* () {
  const child = yield* Binary.started(Binary.words(["emulator", "--user", "me"]))
  const { ended, said, soFar } = Binary.listen(child)
  yield* said("Ctrl-C stops")
  const { port } = new URL(/METAL_API_URL=(\S+)/.exec(soFar())?.[1] ?? "")
  const socket = yield* Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(Number(port), "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  // Connections are taken in their order.
  yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/docs`, { headers: { connection: "close" } }))
  return { child, ended, port: Number(port), socket }
})

/** Until nobody listens there any more: the emulator has begun to stop. */
const isStopping = (port: number): Effect.Effect<void> =>
  Effect.callback<boolean>((resume) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.succeed(false))
    })
    socket.on("error", () => resume(Effect.succeed(true)))
  }).pipe(Effect.flatMap((stopping) => (stopping ? Effect.void : isStopping(port))))

describe("the emulator's end", () => {
  it.effect.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const)("comes by %s, in order", ([signal, code]) =>
    Effect.gen(function* () {
      const { child, ended } = yield* started
      child.kill(signal)
      const { code: got, stderr } = yield* ended
      assert.deepStrictEqual([got, stderr], [code, ""])
    }).pipe(Effect.scoped)
  )

  it.effect.each([
    ["SIGTERM", "SIGINT", 130],
    ["SIGINT", "SIGTERM", 143],
    ["SIGINT", "SIGHUP", 129]
  ] as const)("comes by %s, and at once by a second signal, %s", ([first, second, code]) =>
    Effect.gen(function* () {
      const { child, ended, port } = yield* started
      child.kill(first)
      yield* isStopping(port)
      child.kill(second)
      const { code: got, stderr } = yield* ended
      assert.deepStrictEqual([got, stderr], [code, ""])
    }).pipe(Effect.scoped)
  )
})
