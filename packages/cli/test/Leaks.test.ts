/** Standard error holds no token, OTP or recovery code, after any failure. Canaries stand for them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer, type RequestListener } from "node:http"
import { join } from "node:path"
import { writeFileSync } from "node:fs"
import { listening } from "../../../test/support/listening.ts"
import { canaries, findCanaries } from "../../client/test/support/Canaries.ts"
import * as Fixtures from "./support/Fixtures.ts"
import * as InProcess from "./support/InProcess.ts"

const commands = {
  list: ["recovery-codes", "list"],
  regenerate: ["recovery-codes", "regenerate"],
  send: ["sms", "send"],
  verify: ["verify", canaries.otp],
  status: ["2fa", "status"],
  enable: ["2fa", "enable", "--app", canaries.otp],
  disable: ["2fa", "disable", "--sms", canaries.otp],
  seed: ["app", "seed", "--uri"]
}

const json = { "content-type": "application/json" }
const codes = JSON.stringify({ recovery_codes: [canaries.code] })

/** Servers that try to make the program print a secret. */
const hostileServers: Readonly<Record<string, RequestListener>> = {
  "accepts everything": (request, response) =>
    request.url?.includes("recovery-codes") ? response.writeHead(200, json).end(codes) : response.writeHead(204).end(),
  "gives a seed that no app can read": (_, response) =>
    response.writeHead(200, json).end(JSON.stringify({ otp_uri: `otpauth://totp/a?secret=${canaries.seed}` })),
  "repeats the request in its messages": (request, response) => {
    const errors = [
      request.headers["x-auth-token"],
      request.headers["x-otp-token"],
      decodeURIComponent(request.url ?? ""),
      request.url
    ]
    response.writeHead(400, json).end(JSON.stringify({ errors }))
  },
  "answers 500 with codes": (_, response) => response.writeHead(500, json).end(codes),
  "cuts the recovery codes off": (_, response) => response.writeHead(200, json).end(codes.slice(0, -2)),
  "answers in HTML": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end(codes),
  "redirects to itself": (request, response) =>
    response.writeHead(302, { location: `/?${request.headers["x-auth-token"]}${request.url}` }).end(),
  "hangs up": (request) => request.socket.destroy()
}

describe("nothing secret on standard error", () => {
  for (const [name, answer] of Object.entries(hostileServers)) {
    it.effect(`when the server ${name}`, () =>
      Effect.gen(function* () {
        const port = yield* listening(createServer(answer))
        const env = { METAL_API_URL: `http://127.0.0.1:${port}/metal/v1`, METAL_AUTH_TOKEN: canaries.token }
        const flags = ["--verbose", "--retries", "1", "-o", "json"]
        const ended = yield* Effect.all(
          [
            ...Object.values(commands).map((args) => InProcess.run([...args, ...flags], { env })),
            InProcess.run(["verify", ...flags], { env, stdin: `${canaries.otp}\n` }),
            InProcess.run(["doctor", ...flags], { env })
          ],
          { concurrency: 4 }
        )
        for (const { stderr, stdout } of ended) {
          assert.include(stderr, "metal-otp")
          assert.deepStrictEqual(findCanaries(stderr), [])
          // The recovery codes are the result.
          assert.deepStrictEqual(
            findCanaries(stdout).filter((name) => !name.startsWith("code")),
            []
          )
        }
        assert.strictEqual(findCanaries(ended[0]?.stdout ?? "").length > 0, name === "accepts everything")
      }).pipe(Effect.scoped)
    )
  }

  const { otp, token } = canaries
  const misplaced: ReadonlyArray<readonly [args: ReadonlyArray<string>, env?: Record<string, string>, stdin?: string]> =
    [
      [[token]],
      [["verify", otp, otp]],
      [["verify", otp, "--verbose", "more"]],
      [["sms", token]],
      [["sms", "send", otp]],
      [["sms", "send", "--token", token, "--nonsense"]],
      [["sms", "send", `--tokne=${token}`]],
      [["sms", "send", "--tokne", token]],
      [["sms", "send", "--token", `--${token}`]],
      [["sms", "send", `-o=${token}`]],
      [["sms", "send", "--output", token]],
      [["sms", "send", "--timeout", token]],
      [["sms", "send", "--retries", token]],
      [["sms", "send", "--api-url", token]],
      [["sms", "send", "--api-url", `https://h/?${token}`]],
      [["sms", "send", "--config", token]],
      [["sms", "send", "--token-file", token], { METAL_AUTH_TOKEN: "" }],
      [["emulator", "--settings", token]],
      [["sms", "send", "--token", `${token}\n`]],
      [["sms", "send", "--token", token, "--token", token]],
      [["sms", "send", `--quiet=${token}`]],
      [["sms", "send"], { METAL_AUTH_TOKEN: `${token}é` }],
      [["sms", "send"], { METAL_API_URL: token }],
      [["sms", "send"], { METAL_TIMEOUT: token }],
      [["sms", "send"], { METAL_OUTPUT: token }],
      [["sms", "send", "--token-file", "-"], {}, `${token}\u0000\n`],
      [["verify"], {}, `${otp}é\n`],
      [["verify"], {}, `${otp.repeat(9)}\n`],
      [["emulator", "--port", token]],
      [["emulator", "--fault", token]],
      [["emulator", "--fault", `{fault: {_tag: '${token}'}}`]],
      [["emulator", "--user", token, "--user"]]
    ]

  it.effect("when a secret is in the wrong argument or variable", () =>
    Effect.forEach(
      misplaced,
      Effect.fnUntraced(function* ([args, env = {}, stdin]) {
        const all = { METAL_AUTH_TOKEN: "fine", METAL_API_URL: "http://127.0.0.1:1/", ...env }
        const ended = yield* InProcess.run([...args, "--verbose"], {
          env: all,
          ...(stdin === undefined ? {} : { stdin })
        })
        assert.deepStrictEqual([args, ended.code, ended.stdout], [args, 2, ""])
        assert.deepStrictEqual([args, findCanaries(ended.stderr)], [args, []])
      }),
      { concurrency: 4 }
    )
  )

  it.effect("when metal-cli's file is broken", () =>
    Effect.gen(function* () {
      const path = join(yield* Fixtures.folder, "metal.yaml")
      for (const text of [
        `token: "${token}`,
        `token: '${token}\n  x: [`,
        token,
        `{"token": "${token}"`,
        `- ${token}`
      ]) {
        writeFileSync(path, text)
        const ended = yield* InProcess.run(["doctor", "--config", path], {
          env: { METAL_API_URL: "http://127.0.0.1:1/" }
        })
        assert.strictEqual(ended.code, 2)
        assert.deepStrictEqual(findCanaries(ended.stderr + ended.stdout), [])
      }
    }).pipe(Effect.scoped)
  )
})
