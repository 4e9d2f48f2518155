/**
 * Vitest projects that run the tests of `@metal-otp/client` over the client for Effect 3. Those tests take their client
 * from `Subject.ts` and their transports from `NodeLayers.ts`, and an alias replaces these two modules.
 */
import { fileURLToPath } from "node:url"

const client = fileURLToPath(new URL("../../packages/client", import.meta.url))

/** The tests for `npm test`: they take seconds. */
const quick = [
  "CallOptions",
  "OtpsClient",
  "OtpsClients",
  "RetryBudget",
  "RetryPolicy",
  "Telemetry",
  "Tracing",
  "TwoFactorAuthClient"
]

/** The tests for `npm run test:integration`: they search for leaks, attack the client, or open sockets. */
const integration = [
  "AtMostOnce",
  "BelowTls",
  "Hostile",
  "Http2",
  "Leaks",
  "LeaksBroken",
  "LeaksEmulator",
  "LeaksProperties",
  "LeaksSettings",
  "LeaksWire",
  "NothingSent",
  "Origins",
  "Outcomes",
  "PathSegment",
  "Repeats",
  "Replies",
  "Transports",
  "Wire"
]

const conditions = ["@metal-otp/source"]

/** The alias that replaces the client by the client for Effect 3. */
export const effect3Alias = {
  find: /^(?:.*\/)?(Subject|NodeLayers)\.ts$/,
  replacement: `${client}/test/support/effect3/$1.ts`
}

const project = (name: string, tests: ReadonlyArray<string>) => ({
  resolve: { conditions, alias: [effect3Alias] },
  ssr: { resolve: { conditions } },
  test: { name, root: client, testTimeout: 120_000, include: tests.map((test) => `test/${test}.test.ts`) }
})

export const overEffect3 = [project("over-effect3", quick), project("over-effect3-integration", integration)]
