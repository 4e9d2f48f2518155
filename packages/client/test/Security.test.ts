/** SECURITY.md names what there is: guards that are taken out in CI, and the tests that miss them then. */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { client } from "../../../scripts/mutants/client.ts"
import { emulator } from "../../../scripts/mutants/emulator.ts"
import { leaks } from "../../../scripts/mutants/leaks.ts"
import { schema } from "../../../scripts/mutants/schema.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

const text = readFileSync(`${root}/SECURITY.md`, "utf8")

const files = globSync("packages/{schema,client}/{src,test}/**/*.ts", { cwd: root })

const tests = globSync("packages/*/test/**/*.test.ts", { cwd: root })

const mutants = [...schema, ...client, ...leaks, ...emulator]

const named = (cell: string | undefined, end: string) =>
  Array.from((cell ?? "").matchAll(/`([^`]+)`/g), ([, name = ""]) => name).filter((name) => name.endsWith(end))

const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => {
    const [, asset = "", way = "", guard, shown] = line.split("|").map((cell) => cell.trim())
    return { asset, way, guards: named(guard, ".ts"), tests: named(shown, ".test.ts") }
  })

/** The one file of that name. */
const fileOf = (name: string, within: "src" | "test") => {
  const [file, ...more] = files.filter((file) => file.includes(`/${within}/`) && file.endsWith(`/${name}`))
  assert.deepStrictEqual(more, [], name)
  return file ?? assert.fail(`There is no ${name}`)
}

describe("SECURITY.md", () => {
  it("has rows, each with something to protect, a way out, and tests", () => {
    assert.isAtLeast(rows.length, 15)
    for (const { asset, tests, way } of rows) {
      assert.isNotEmpty(asset)
      assert.isNotEmpty(way)
      if (way !== "a known hole in what comes along") assert.isNotEmpty(tests, way)
    }
  })

  it.each(rows)("each guard against: $way", ({ guards, tests }) => {
    const shown = tests.map((name) => fileOf(name, "test"))
    for (const guard of guards) {
      const file = fileOf(guard, "src")
      const taken = mutants.filter((mutant) => `packages/${mutant.file}` === file)
      const missed = taken.filter((mutant) => mutant.tests.some((part) => shown.some((test) => test.includes(part))))
      assert.isNotEmpty(missed, `No mutant of ${guard} is missed by ${tests.join(", ")}`)
    }
  })

  it.each(rows.filter(({ tests }) => tests.length > 0))("is shown by quick tests too, against: $way", ({ tests }) => {
    assert.isNotEmpty(tests.filter((name) => !name.endsWith(".integration.test.ts")))
  })

  it("each test that searches for leaks is there", () => {
    for (const file of files.filter((file) => /\/client\/test\/Leaks\w*\.test\.ts$/.test(file))) {
      const name = file.slice(file.lastIndexOf("/") + 1)
      assert.include(text, name === "LeaksEmulator.test.ts" ? "Leaks*.test.ts" : name)
    }
  })
})

describe("mutants", () => {
  it.each(mutants)("$file: $guard", (mutant) => {
    const code = readFileSync(`${root}/packages/${mutant.file}`, "utf8")
    for (const find of [mutant.find].flat()) assert.include(code, find)
    const within = tests.filter((file) => file.startsWith(`packages/${mutant.in ?? "client"}/`))
    for (const part of mutant.tests)
      assert.isTrue(
        within.some((file) => file.includes(part)),
        part
      )
  })
})
