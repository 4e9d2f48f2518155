/** A server that closes waits for nobody for long. Its timer is real, and so are the sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults, SmsDelivery } from "@metal-otp/emulator"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { connect, type Socket } from "node:net"
import { alice, portOf, users } from "./support/Asking.ts"

/** Opens a connection, says this much, and waits until it has reached the server. */
const said = (port: number, text: string, heard: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const socket = yield* Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => {
        if (text === "") return resume(Effect.succeed(socket))
        socket.write(text, () => resume(Effect.succeed(socket)))
      })
      socket.on("error", () => {})
    })
    yield* heard
    return socket
  })

const ended = (socket: Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    socket.resume()
  })

/** Until the server has taken a connection, which it does in their order. */
const taken = (port: number) =>
  Effect.promise(async () => {
    await (await fetch(`http://127.0.0.1:${port}/docs`, { headers: { connection: "close" } })).text()
  })

const head = (method: string, path: string, port: number, ...more: ReadonlyArray<string>) =>
  [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `X-Auth-Token: ${alice}`, ...more, "", ""].join("\r\n")

const sms = "/metal/v1/user/otp/sms/receive"

const json = "Content-Type: application/json"

const delivering = (deliver: SmsDelivery.Service["deliver"]) =>
  EmulatorServer.layer().pipe(
    Layer.provideMerge(Emulator.layer({ users })),
    Layer.provide(Layer.succeed(SmsDelivery.SmsDelivery, { deliver })),
    Layer.provideMerge(Faults.layer()),
    Layer.fresh
  )

describe("a server that closes", () => {
  it.effect.each([
    ["a silent connection", () => ""],
    ["half a head", (port: number) => head("POST", sms, port).slice(0, -2)],
    [
      "a body that is read and does not come",
      (port: number) => head("PUT", "/_emulator/v1/faults", port, json, "Content-Length: 9")
    ],
    [
      "a body that is not read and does not come",
      (port: number) => head("POST", "/metal/v1/user/otp", port, "Content-Length: 9")
    ],
    ["an SMS that is under way", (port: number) => head("POST", sms, port)],
    ["the stream of changes, read by nobody", (port: number) => head("GET", "/_emulator/v1/events", port)],
    ["a kept connection", (port: number) => head("GET", "/docs", port)]
  ] as const)("cuts %s", ([, text]) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        delivering(() => Effect.never),
        scope
      )
      const port = yield* Effect.provideContext(portOf, context)
      const socket = yield* said(port, text(port), taken(port))
      // What the server can't end by itself in the time of the test's clock, which stands still.
      yield* Scope.close(scope, Exit.void)
      yield* ended(socket)
    })
  )

  it.effect("lets a request that is under way end", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const sent = yield* Deferred.make<void>()
      const deliver = () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(sent))
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(delivering(deliver), scope)
      const port = yield* Effect.provideContext(portOf, context)
      const socket = yield* said(port, head("POST", sms, port), Deferred.await(asked))
      const reply = Effect.callback<string>((resume) => {
        socket.once("data", (chunk: Buffer) => resume(Effect.succeed(chunk.toString())))
      })
      const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* Deferred.succeed(sent, undefined)
      assert.match(yield* reply, /^HTTP\/1\.1 204 /)
      yield* Fiber.join(closed)
      yield* ended(socket)
    })
  )
})
