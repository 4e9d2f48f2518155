/** The memory that a hostile reply takes, measured in a separate process that runs the client alone. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { maxAboveIdle, maxLeft, type Scenario, scenarios, type TransportName } from "./support/HostileServers.ts"
import { wireServer } from "./support/WireServer.ts"

/** Node's fetch inflates each piece of `deflate` at once, before anybody reads it: see docs/transports.md. */
const unbounded = (transport: TransportName, { name }: Scenario) =>
  transport === "fetch" && name === "a bomb of deflate"

const Measured = Schema.Struct({ path: Schema.String, peak: Schema.Int, growth: Schema.Int })

/** Runs the process until it ends, and gives its measurements. */
const measured = (input: object) =>
  Effect.callback<{ readonly code: number | null; readonly messages: ReadonlyArray<unknown> }>((resume) => {
    const messages: Array<unknown> = []
    const child = fork(fileURLToPath(new URL("support/memory.ts", import.meta.url)), [JSON.stringify(input)], {
      execArgv: ["--expose-gc", "--conditions=@metal-otp/source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"]
    })
    child.on("message", (message) => messages.push(message))
    child.on("exit", (code) => resume(Effect.succeed({ code, messages })))
    return Effect.sync(() => child.kill())
  })

describe("memory", () => {
  it.effect.each(["fetch", "undici", "node:http"] as const)(
    "stays within 2 MiB above idle on %s, and does not grow",
    (transport) =>
      Effect.gen(function* () {
        const server = yield* wireServer((socket) => {
          const index = /\/metal\/v1\/(\d+)\//.exec(server.requests.at(-1) ?? "")?.[1]
          const scenario = scenarios[Number(index)]
          scenario?.answer(socket, scenario.largeWith ?? 200)
        })
        const bulky = [...scenarios.entries()].filter(
          ([, scenario]) => scenario.largeWith !== undefined && !unbounded(transport, scenario)
        )
        const { code, messages } = yield* measured({
          transport,
          baseUrl: server.baseUrl,
          maxAboveIdle,
          maxLeft,
          scenarios: bulky.map(([index, { hangs }]) => ({ path: String(index), hangs: hangs !== undefined }))
        })
        assert.strictEqual(code, 0)
        assert.strictEqual(messages.length, bulky.length)
        const results = yield* Schema.decodeUnknownEffect(Schema.Array(Measured))(messages)
        const above = results
          .filter(({ growth, peak }) => peak >= maxAboveIdle || growth >= maxLeft)
          .map(({ growth, path, peak }) => `${scenarios[Number(path)]?.name}: peak ${peak}, growth ${growth}`)
        assert.deepStrictEqual(above, [])
      }),
    400_000
  )
})
