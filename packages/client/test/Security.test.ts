/** SECURITY.md, the retry table and the mutants name the same guards and tests. */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { filesOf, locate, type Mutant, testOf } from "../../../scripts/mutants/Mutant.ts"
import { retries } from "../../../scripts/mutants/retries.ts"
import { security } from "../../../scripts/mutants/security.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

const read = (file: string) => readFileSync(`${root}/${file}`, "utf8")

/** The cells of a table's rows, without the header. */
const rowsOf = (text: string, start: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith(start))
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()))

/** The files that a cell names. */
const named = (cell: string | undefined, end: string) =>
  Array.from((cell ?? "").matchAll(/`([^`]+)`/g), ([, name = ""]) => name).filter((name) => name.endsWith(end))

const files = filesOf("packages/{schema,core,client}/{src,test}/**/*.ts")

/** The only file with this name. */
const fileOf = (name: string, within: "src" | "test") => {
  const found = files.filter((file) => file.includes(`/${within}/`) && file.endsWith(`/${name}`))
  assert.lengthOf(
    found,
    1,
    `SECURITY.md names ${name}, and the files with this name are: ${found.join(", ") || "none"}`
  )
  return found[0]
}

const succeeds = <A>(result: Result.Result<A, string>, guard: string) =>
  Result.getOrElse(result, (problem) => assert.fail(`${guard}: ${problem}`))

const placed = (mutants: ReadonlyArray<Mutant>) =>
  mutants.map((mutant) => ({
    guard: mutant.guard,
    file: succeeds(locate(mutant), mutant.guard).file,
    test: succeeds(testOf(mutant), mutant.guard)
  }))

it("SECURITY.md and the retry table name guards and tests that exist, and each row has mutants", () => {
  const text = read("SECURITY.md")
  const rows = rowsOf(text, "| ").map(([, asset, way = "", guard, shown]) => {
    const guards = named(guard, ".ts").map((name) => fileOf(name, "src"))
    const tests = named(shown, ".test.ts").map((name) => fileOf(name, "test"))
    assert.isNotEmpty(asset)
    assert.isNotEmpty(way)
    const quick = tests.filter((file) => !file?.endsWith(".integration.test.ts"))
    if (way !== "a known vulnerability in a dependency") assert.isNotEmpty(quick, way)
    return { way, guards, tests }
  })
  assert.isAtLeast(rows.length, 15)

  const inCode = rows.filter(({ guards }) => guards.length > 0)
  assert.sameMembers(
    inCode.map(({ way }) => way),
    Object.keys(security),
    "scripts/mutants/security.ts has the rows of SECURITY.md"
  )
  for (const { guards, tests, way } of inCode) {
    const mutants = placed(security[way] ?? [])
    for (const { file, guard, test } of mutants) {
      assert.include(guards, file, `${way}: ${guard} is no guard of this row`)
      assert.include(tests, test, `${way}: ${guard} is not shown by a test of this row`)
    }
    for (const guard of guards) {
      assert.isTrue(
        mutants.some(({ file }) => file === guard),
        `${way}: ${guard} has no mutant`
      )
    }
  }

  const table = rowsOf(read("packages/client/src/RetryPolicy.ts"), " * | ").map(([, failure = ""]) => failure)
  assert.sameMembers(table, Object.keys(retries), "scripts/mutants/retries.ts has the rows of the retry table")
  for (const [failure, mutants] of Object.entries(retries)) assert.isNotEmpty(placed(mutants), failure)

  for (const file of files.filter((file) => /\/test\/Leaks\w*\.test\.ts$/.test(file))) {
    const name = file.slice(file.lastIndexOf("/") + 1)
    if (name !== "LeaksEmulator.test.ts") assert.include(text, name)
  }
})
