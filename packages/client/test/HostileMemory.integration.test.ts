/** What a hostile reply may cost in memory, measured in a process of its own that holds nothing but the client. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { mostAbove, mostLeft, type Scenario, scenarios, type TransportName } from "./support/HostileServers.ts"
import { wireServer } from "./support/WireServer.ts"

/** Node's fetch unpacks a whole piece of `deflate` at once, whether anyone reads it or not: docs/transports.md. */
const unbounded = (transport: TransportName, { name }: Scenario) =>
  transport === "fetch" && name === "a bomb of deflate"

const Measured = Schema.Struct({ path: Schema.String, peak: Schema.Int, growth: Schema.Int })

/** Runs the process until it ends by itself, and gathers what it measured. */
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
    "stays within 2 MiB of idle on %s, and nothing piles up",
    (transport) =>
      Effect.gen(function* () {
        const server = yield* wireServer((socket) => {
          const index = /\/metal\/v1\/(\d+)\//.exec(server.requests.at(-1) ?? "")?.[1]
          const scenario = scenarios[Number(index)]
          scenario?.answer(socket, scenario.bulk ?? 200)
        })
        const bulky = [...scenarios.entries()].filter(
          ([, scenario]) => scenario.bulk !== undefined && !unbounded(transport, scenario)
        )
        const { code, messages } = yield* measured({
          transport,
          baseUrl: server.baseUrl,
          mostAbove,
          mostLeft,
          scenarios: bulky.map(([index, { hangs }]) => ({ path: String(index), hangs: hangs !== undefined }))
        })
        assert.strictEqual(code, 0)
        assert.strictEqual(messages.length, bulky.length)
        const results = yield* Schema.decodeUnknownEffect(Schema.Array(Measured))(messages)
        const above = results
          .filter(({ growth, peak }) => peak >= mostAbove || growth >= mostLeft)
          .map(({ growth, path, peak }) => `${scenarios[Number(path)]?.name}: peak ${peak}, growth ${growth}`)
        assert.deepStrictEqual(above, [])
      }),
    400_000
  )
})
