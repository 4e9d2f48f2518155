/** What requests are sent by, directly and by a proxy. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Predicate } from "effect"
import { afterEach, vi } from "vitest"
import { createServer } from "node:net"
import { listening } from "../../../test/support/listening.ts"
import * as Engine from "../src/Engine.ts"
import * as Proxy from "../src/Proxy.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"

const by = (proxy: string | undefined): Proxy.Way =>
  proxy === undefined
    ? Proxy.nowhere
    : { proxy: Option.some({ url: new URL(proxy), source: "HTTPS_PROXY" }), why: "a test" }

const bound = Duration.seconds(3)

/** The code that an engine's error leads to, as the client reads it. */
const codeOf = (error: unknown): unknown =>
  Predicate.hasProperty(error, "code")
    ? error.code
    : Predicate.hasProperty(error, "cause")
      ? codeOf(error.cause)
      : Predicate.hasProperty(error, "reason")
        ? codeOf(error.reason)
        : undefined

/** Takes connections, and never says anything. */
const silent = (heard: Array<string>, onData: () => void) =>
  createServer((socket) => {
    socket.on("error", () => {})
    socket.on("data", (data) => {
      heard.push(data.toString("latin1"))
      onData()
    })
  })

describe("a connection that does not come", () => {
  afterEach(() => void vi.useRealTimers())

  // The server holds the connection before a request can be sent: in the handshake, or in the tunnel of a proxy.
  const cases = [
    { title: "directly", proxy: () => undefined, code: "ETIMEDOUT" },
    { title: "by a proxy", proxy: (port: number) => `http://127.0.0.1:${port}`, code: "UND_ERR_CONNECT_TIMEOUT" },
    {
      title: "by a proxy over TLS",
      proxy: (port: number) => `https://127.0.0.1:${port}`,
      code: "UND_ERR_CONNECT_TIMEOUT"
    }
  ]
  for (const { code, proxy, title } of cases) {
    it.live(`ends with a code that proves that nothing was sent, ${title}`, () =>
      Effect.gen(function* () {
        const heard: Array<string> = []
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
        const port = yield* listening(silent(heard, () => vi.advanceTimersByTime(Duration.toMillis(bound))))
        const http = yield* Engine.make(by(proxy(port)), bound)
        const error = yield* Effect.flip(http.post(`https://127.0.0.1:${port}/user/otp/sms/receive`))
        assert.strictEqual(codeOf(error), code)
        assert.notInclude(heard.join(), "/user/otp")
      }).pipe(Effect.scoped)
    )
  }
})

describe("by a proxy", () => {
  it.live("plain requests are told whole, with the credentials of its URL", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const http = yield* Engine.make(by(`http://us%40er:pass@127.0.0.1:${port}`), bound)
      const { status } = yield* http.get("http://api.test/metal/v1")
      assert.strictEqual(status, 401)
      const basic = `Basic ${Buffer.from("us@er:pass").toString("base64")}`
      assert.deepStrictEqual(seen, [`GET http://api.test/metal/v1 ${basic}`])
      const unnamed = yield* Engine.make(by(`http://:pass@127.0.0.1:${port}`), bound)
      yield* unnamed.get("http://api.test/")
      assert.strictEqual(seen[1], `GET http://api.test/ Basic ${Buffer.from(":pass").toString("base64")}`)
    }).pipe(Effect.scoped)
  )

  it.live("TLS goes through a tunnel, and nothing is sent when there is none", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const http = yield* Engine.make(by(`http://127.0.0.1:${port}`), bound)
      const error = yield* Effect.flip(http.post("https://api.test/user/otp/sms/receive"))
      assert.strictEqual(codeOf(error), "UND_ERR_ABORTED")
      assert.deepStrictEqual(seen, ["CONNECT api.test:443 -"])
    }).pipe(Effect.scoped)
  )
})
