/** Servers that behave the same over HTTP/1.1 and HTTP/2. */
import { EmulatorServer } from "@metal-otp/emulator"
import { Effect, type Scope } from "effect"
import { request as httpRequest } from "node:http"
import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2"
import type { Socket } from "node:net"
import { listening } from "../../../../test/support/listening.ts"
import { head } from "./HostileReply.ts"
import { http2Server } from "./Http2Server.ts"
import { trustedCertificate } from "./Trusted.ts"
import { wireServer } from "./WireServer.ts"

/** How a server answers a request. */
export type Behaviour = "hang" | "reset" | "flood" | "answer" | "204 without an end" | "half a body, then the end"

interface Served {
  readonly baseUrl: string
  readonly requests: ReadonlyArray<string>
  /** The number of connections so far. */
  readonly connections: () => number
  /** Waits for the next request. */
  readonly received: Effect.Effect<unknown>
  /** Waits until the next request, or its connection, ends. */
  readonly closed: Effect.Effect<unknown>
}

export interface Wire {
  readonly serve: (behaviour: () => Behaviour) => Effect.Effect<Served, never, Scope.Scope>
  /** The emulator's base URL over this protocol. */
  readonly emulator: Effect.Effect<string, never, EmulatorServer.EmulatorServer | Scope.Scope>
}

interface Writable {
  readonly writable: boolean
  write(chunk: string): boolean
  on(event: "drain", listener: () => void): unknown
}

const writeForever = (writable: Writable, chunk: string) => {
  const flood = () => {
    while (writable.writable && writable.write(chunk));
  }
  writable.on("drain", flood)
  flood()
}

const json = "content-type: application/json"

const onSocket: Record<Behaviour, (socket: Socket, request: string) => void> = {
  hang: () => {},
  reset: (socket) => socket.resetAndDestroy(),
  flood: (socket) => {
    socket.write(head(200, json, "transfer-encoding: chunked"))
    writeForever(socket, `4000\r\n${" ".repeat(0x4000)}\r\n`)
  },
  answer: (socket, request) => {
    const body = (status: number) => head(status, json, "content-length: 2") + "[]"
    socket.write(request.includes("/sms/") ? head(204) : body(request.startsWith("GET ") ? 200 : 401))
  },
  "204 without an end": (socket, request) =>
    socket.write(head(204, request.includes("/sms/") ? "content-length: 5" : "transfer-encoding: chunked")),
  "half a body, then the end": (socket) =>
    socket.end(`${head(200, json, "content-length: 100", "connection: close")}{"recovery`)
}

/** HTTP/1.1 without TLS. */
export const http1: Wire = {
  serve: Effect.fnUntraced(function* (behaviour) {
    const sockets = new Set<Socket>()
    const server = yield* wireServer((socket, request) => {
      sockets.add(socket)
      onSocket[behaviour()](socket, request)
    })
    return { ...server, connections: () => sockets.size }
  }),
  emulator: Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => baseUrl)
}

const onStream: Record<Behaviour, (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void> = {
  hang: () => {},
  reset: (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  flood: (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/json" })
    writeForever(stream, " ".repeat(0x4000))
  },
  answer: (stream, headers) => {
    if (headers[":path"]?.includes("/sms/")) return stream.respond({ ":status": 204 }, { endStream: true })
    const status = headers[":method"] === "GET" ? 200 : 401
    stream.respond({ ":status": status, "content-type": "application/json", "content-length": "2" })
    return void stream.end("[]")
  },
  // Node ends the stream of a 204, unless trailers are announced.
  "204 without an end": (stream) => stream.respond({ ":status": 204 }, { waitForTrailers: true }),
  "half a body, then the end": (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/json", "content-length": "100" })
    stream.write('{"recovery', () => stream.session?.destroy())
  }
}

/** HTTP/2 over TLS. */
export const http2: Wire = {
  serve: Effect.fnUntraced(function* (behaviour) {
    return yield* http2Server(yield* trustedCertificate, (stream, _, headers) => onStream[behaviour()](stream, headers))
  }),
  emulator: Effect.gen(function* () {
    const to = new URL((yield* EmulatorServer.EmulatorServer).baseUrl)
    const server = createSecureServer({ ...(yield* trustedCertificate), allowHTTP1: false }, (request, response) => {
      const fields = Object.entries(request.headers).filter(([name]) => !name.startsWith(":"))
      const { method, url } = request
      const onward = httpRequest({ host: to.hostname, port: to.port, method, path: url }, (reply) => {
        const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...headers } = reply.headers
        response.writeHead(reply.statusCode ?? 502, headers)
        reply.pipe(response)
      })
      for (const [name, value = ""] of fields) onward.setHeader(name, value)
      onward.end()
    })
    return `https://127.0.0.1:${yield* listening(server)}${to.pathname}`
  })
}
