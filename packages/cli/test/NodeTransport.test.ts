/** The HTTP client on Node, directly and through a proxy. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Predicate } from "effect"
import { afterEach, vi } from "vitest"
import { createServer } from "node:net"
import { listening } from "../../../test/support/listening.ts"
import * as NodeTransport from "../src/NodeTransport.ts"
import * as Proxy from "../src/Proxy.ts"
import { forwardProxy } from "./support/ForwardProxy.ts"

const routeThrough = (proxy: string | undefined): Proxy.Route =>
  proxy === undefined ? Proxy.direct : { proxy: Option.some(new URL(proxy)), description: "a test" }

const connectTimeout = Duration.seconds(3)

/** Finds the system's error code as the client does. */
const codeOf = (error: unknown): unknown =>
  Predicate.hasProperty(error, "code")
    ? error.code
    : Predicate.hasProperty(error, "cause")
      ? codeOf(error.cause)
      : Predicate.hasProperty(error, "reason")
        ? codeOf(error.reason)
        : undefined

/** A server that accepts connections, and sends nothing. */
const silentServer = (received: Array<string>, onData: () => void) =>
  createServer((socket) => {
    socket.on("error", () => {})
    socket.on("data", (data) => {
      received.push(data.toString("latin1"))
      onData()
    })
  })

describe("a connection that takes too long", () => {
  afterEach(() => void vi.useRealTimers())

  // The server does not answer the TLS handshake, or the CONNECT of a proxy. So no request can be sent.
  const cases = [
    { title: "directly", proxy: () => undefined, code: "ETIMEDOUT" },
    { title: "through a proxy", proxy: (port: number) => `http://127.0.0.1:${port}`, code: "UND_ERR_CONNECT_TIMEOUT" },
    {
      title: "through a proxy over TLS",
      proxy: (port: number) => `https://127.0.0.1:${port}`,
      code: "UND_ERR_CONNECT_TIMEOUT"
    }
  ]
  for (const { code, proxy, title } of cases) {
    it.live(`fails with a code that proves that nothing was sent, ${title}`, () =>
      Effect.gen(function* () {
        const received: Array<string> = []
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
        const port = yield* listening(
          silentServer(received, () => vi.advanceTimersByTime(Duration.toMillis(connectTimeout)))
        )
        const http = yield* NodeTransport.make(routeThrough(proxy(port)), connectTimeout)
        const error = yield* Effect.flip(http.post(`https://127.0.0.1:${port}/user/otp/sms/receive`))
        assert.strictEqual(codeOf(error), code)
        assert.notInclude(received.join(), "/user/otp")
      }).pipe(Effect.scoped)
    )
  }
})

describe("through a proxy", () => {
  it.live("an http: request goes to the proxy, with the credentials of its URL", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const http = yield* NodeTransport.make(routeThrough(`http://us%40er:pass@127.0.0.1:${port}`), connectTimeout)
      const { status } = yield* http.get("http://api.test/metal/v1")
      assert.strictEqual(status, 401)
      const basic = `Basic ${Buffer.from("us@er:pass").toString("base64")}`
      assert.deepStrictEqual(seen, [`GET http://api.test/metal/v1 ${basic}`])
      const unnamed = yield* NodeTransport.make(routeThrough(`http://:pass@127.0.0.1:${port}`), connectTimeout)
      yield* unnamed.get("http://api.test/")
      assert.strictEqual(seen[1], `GET http://api.test/ Basic ${Buffer.from(":pass").toString("base64")}`)
    }).pipe(Effect.scoped)
  )

  it.live("an https: request goes through a tunnel, and is not sent without one", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const port = yield* listening(forwardProxy(seen))
      const http = yield* NodeTransport.make(routeThrough(`http://127.0.0.1:${port}`), connectTimeout)
      const error = yield* Effect.flip(http.post("https://api.test/user/otp/sms/receive"))
      assert.strictEqual(codeOf(error), "UND_ERR_ABORTED")
      assert.deepStrictEqual(seen, ["CONNECT api.test:443 -"])
    }).pipe(Effect.scoped)
  )
})
