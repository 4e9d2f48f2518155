/** How far a body is read on undici, which gives no web stream. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fields } from "../support/fields.ts"
import { head } from "../support/HostileReply.ts"
import { wired } from "../support/WireServer.ts"

describe("a body above the limit that does not end is cancelled", () => {
  it.effect.each([
    ["in chunks", ["transfer-encoding: chunked"], "11171\r\n"],
    ["until the connection ends", ["connection: close"], ""],
    ["with a Content-Length", ["content-length: 1000000"], ""],
    ["with a Content-Length and a Content-Encoding", ["content-length: 1000000", "content-encoding: something"], ""]
  ] as const)("%s", ([, headers, before]) =>
    Effect.gen(function* () {
      const { client, server } = yield* wired(
        (socket) =>
          socket.write(`${head(200, "content-type: application/json", ...headers)}${before}${" ".repeat(70_001)}`),
        {},
        NodeHttpClient.layerUndici
      )
      const error = yield* Effect.flip(client.findRecoveryCodes())
      assert.deepInclude(fields(error), { _tag: "MalformedResponse", reason: "TooLarge", outcome: "Applied" })
      yield* server.closed
    })
  )
})
