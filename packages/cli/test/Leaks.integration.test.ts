/** The standard error of the binary, with Node's own messages, holds no secret. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:http"
import { listening } from "../../../test/support/listening.ts"
import { canaries, findCanaries } from "../../client/test/support/Canaries.ts"
import * as Binary from "./support/Binary.ts"

describe("nothing secret on standard error", () => {
  it.effect("when the server repeats the whole request", () =>
    Effect.gen(function* () {
      const port = yield* listening(
        createServer((request, response) => {
          const errors = [request.headers["x-auth-token"], decodeURIComponent(request.url ?? ""), request.url]
          response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ errors }))
        })
      )
      const env = { METAL_API_URL: `http://127.0.0.1:${port}/metal/v1`, METAL_AUTH_TOKEN: canaries.token }
      const { code, stderr, stdout } = yield* Binary.run(["verify", canaries.otp, "--verbose"], { env })
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.include(stderr, "OtpsClient")
      assert.deepStrictEqual(findCanaries(stderr), [])
    }).pipe(Effect.scoped)
  )

  it.effect("when a secret is in the wrong argument", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* Binary.run(["sms", "send", `--tokne=${canaries.token}`, "--verbose"])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.deepStrictEqual(findCanaries(stderr), [])
    })
  )
})
