/** Sends requests to an emulator's server with any headers, and reads the replies. */
import { assert } from "@effect/vitest"
import { type Emulator, EmulatorServer } from "@metal-otp/emulator"
import { Effect, Option, Redacted } from "effect"
import { type IncomingHttpHeaders, request } from "node:http"
import * as Serving from "../../../../test/support/Serving.ts"

export const alice = "alice-token"

export const users = [
  { authToken: Redacted.make(alice), name: "alice" },
  { authToken: Redacted.make("bob-token"), name: "bob", phoneNumber: null, twoFactor: false }
]

export const serving = (server?: EmulatorServer.Options, emulator: Emulator.Options = { users }) =>
  Serving.serving(emulator, server)

export const pageOf = Effect.map(EmulatorServer.EmulatorServer, ({ pageUrl }) => Option.getOrNull(pageUrl))
export const portOf = Effect.map(EmulatorServer.EmulatorServer, ({ baseUrl }) => Number(new URL(baseUrl).port))

interface Sent {
  /** The address to connect to. Default: 127.0.0.1 */
  readonly to?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface Got {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request with node:http, because fetch sets Host, Origin and Sec-Fetch-Site itself. */
export const send = (path: string, { body, headers = {}, method = "GET", to = "127.0.0.1" }: Sent = {}) =>
  Effect.flatMap(portOf, (port) =>
    Effect.callback<Got>((resume) => {
      const sent = request({ agent: false, headers, host: to, method, path, port }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resume(
            Effect.succeed({
              status: response.statusCode,
              headers: response.headers,
              body: Buffer.concat(chunks).toString("latin1")
            })
          )
        )
      })
      sent.end(body)
    })
  )

export const statusOf = (path: string, sent?: Sent) => Effect.map(send(path, sent), ({ status }) => status)

export const jsonOf = (path: string) =>
  Effect.map(send(path), ({ body, headers, status }): unknown => {
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "application/json")
    return JSON.parse(Buffer.from(body, "latin1").toString())
  })

export const api = (method: string, path: string, token = alice) =>
  send(`/metal/v1${path}`, { method, headers: { "X-Auth-Token": token } })
