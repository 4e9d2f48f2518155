import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as NodeVersion from "../src/NodeVersion.ts"

describe("NodeVersion", () => {
  it.each(["22.19.0", "22.20.1", "23.0.0", "24.21.0", "26.0.0-nightly"])("runs on Node %s", (version) =>
    assert.isUndefined(NodeVersion.problem(version))
  )

  it.each(["20.20.2", "22.18.9", "18.0.0"])("refuses Node %s", (version) =>
    assert.strictEqual(NodeVersion.problem(version), `metal-otp needs Node 22.19 or newer. This is Node ${version}.`)
  )

  it("has the minimum of package.json", () => {
    const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
    assert.strictEqual(engines.node, ">=22.19")
  })
})
