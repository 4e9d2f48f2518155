/** The tests of the client once more, over the client for Effect 3: `Subject.ts` says which client they are of, and
 * `NodeLayers.ts` on which transports it is. */
import { fileURLToPath } from "node:url"

const client = fileURLToPath(new URL("../../packages/client", import.meta.url))

/** What guards the promises of the client, by the names of its tests. The quick ones first. */
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

const others = [
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

/** Puts the client for Effect 3 into the place of the other. */
export const subject = {
  find: /^(?:.*\/)?(Subject|NodeLayers)\.ts$/,
  replacement: `${client}/test/support/effect3/$1.ts`
}

const project = (name: string, tests: ReadonlyArray<string>) => ({
  resolve: { conditions, alias: [subject] },
  ssr: { resolve: { conditions } },
  test: { name, root: client, testTimeout: 120_000, include: tests.map((test) => `test/${test}.test.ts`) }
})

export const overEffect3 = [project("over-effect3", quick), project("over-effect3-integration", others)]
