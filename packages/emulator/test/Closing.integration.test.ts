/** Tests that a server closes in time, with real sockets and a real timer. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Faults, SmsDelivery } from "@metal-otp/emulator"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { connect, type Socket } from "node:net"
import { alice, portOf, users } from "./support/Asking.ts"

/** Opens a connection, writes the text, and waits until the server has it. */
const connectAndWrite = (port: number, text: string, received: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const socket = yield* Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => {
        if (text === "") return resume(Effect.succeed(socket))
        socket.write(text, () => resume(Effect.succeed(socket)))
      })
      socket.on("error", () => {})
    })
    yield* received
    return socket
  })

const ended = (socket: Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    socket.resume()
  })

/** Waits until the server has accepted all earlier connections: it accepts them in order. */
const accepted = (port: number) =>
  Effect.promise(async () => {
    await (await fetch(`http://127.0.0.1:${port}/docs`, { headers: { connection: "close" } })).text()
  })

const head = (method: string, path: string, port: number, ...more: ReadonlyArray<string>) =>
  [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `X-Auth-Token: ${alice}`, ...more, "", ""].join("\r\n")

const sms = "/metal/v1/user/otp/sms/receive"

const json = "Content-Type: application/json"

const serverWithDelivery = (deliver: SmsDelivery.Service["deliver"]) =>
  EmulatorServer.layer().pipe(
    Layer.provideMerge(Emulator.layer({ users })),
    Layer.provide(Layer.succeed(SmsDelivery.SmsDelivery, { deliver })),
    Layer.provideMerge(Faults.layer()),
    Layer.fresh
  )

describe("a server that closes", () => {
  it.effect.each([
    ["no request", () => ""],
    ["half a head", (port: number) => head("POST", sms, port).slice(0, -2)],
    [
      "a body that is read and never sent",
      (port: number) => head("PUT", "/_emulator/v1/faults", port, json, "Content-Length: 9")
    ],
    [
      "a body that is not read and never sent",
      (port: number) => head("POST", "/metal/v1/user/otp", port, "Content-Length: 9")
    ],
    ["a request whose SMS is being delivered", (port: number) => head("POST", sms, port)],
    ["a stream of changes that the client does not read", (port: number) => head("GET", "/_emulator/v1/events", port)],
    ["an answered request", (port: number) => head("GET", "/docs", port)]
  ] as const)("closes a connection with %s", ([, text]) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        serverWithDelivery(() => Effect.never),
        scope
      )
      const port = yield* Effect.provideContext(portOf, context)
      const socket = yield* connectAndWrite(port, text(port), accepted(port))
      // The test's clock stands still, so only the real timer can close the connection.
      yield* Scope.close(scope, Exit.void)
      yield* ended(socket)
    })
  )

  it.effect("lets a request in progress end", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const sent = yield* Deferred.make<void>()
      const deliver = () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(sent))
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(serverWithDelivery(deliver), scope)
      const port = yield* Effect.provideContext(portOf, context)
      const socket = yield* connectAndWrite(port, head("POST", sms, port), Deferred.await(asked))
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
