/** Runs `metal-otp doctor -o json`. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as Fixtures from "./Fixtures.ts"
import type { Runner } from "./Runner.ts"

interface Check {
  readonly check: string
  readonly status: string
  readonly detail: string
}

/** Writes each check as `status: detail`. */
export const byName = (checks: ReadonlyArray<Check>) =>
  Object.fromEntries(checks.map(({ check, detail, status }) => [check, `${status}: ${detail}`]))

/** Returns a function that runs `doctor`, and asserts that it prints nothing else and no token. */
export const doctorWith = (run: Runner["run"]) =>
  Effect.fnUntraced(function* (env: Record<string, string>, args: ReadonlyArray<string> = []) {
    const { code, stderr, stdout } = yield* run(["doctor", "-o", "json", ...args], { env })
    assert.strictEqual(stderr, "")
    assert.notInclude(stdout, Fixtures.token)
    const { checks }: { readonly checks: ReadonlyArray<Check> } = JSON.parse(stdout)
    return { code, checks: byName(checks) }
  })
