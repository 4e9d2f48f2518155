/** Runs the examples of `examples/end-to-end`. */
import { assert, describe, it } from "@effect/vitest"
import { EmulatorConfig } from "@metal-otp/emulator"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { fileURLToPath } from "node:url"
import * as Commands from "../../../scripts/examples/commands.ts"
import { needs, pathOf } from "../../../test/support/Needs.ts"
import { startEmulator } from "../src/index.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = join(root, "examples/end-to-end")

/** Runs a program, and returns its output. Rejects with the output when the program fails. */
const run = (program: string, args: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}, cwd = root) =>
  new Promise<string>((resolve, reject) => {
    execFile(program, args, { cwd, env: { ...env, ...more } }, (error, stdout, stderr) =>
      error === null ? resolve(stdout + stderr) : reject(new Error(`${stdout}${stderr}`, { cause: error }))
    )
  })

/** Runs a program with the address of an emulator, and checks that it sent an SMS. */
const runWithEmulator = async (program: string, args: ReadonlyArray<string>, cwd = folder) => {
  await using emulator = await startEmulator()
  const said = await run(program, args, { METAL_EMULATOR_URL: emulator.url }, cwd)
  assert.isAbove((await emulator.counts()).receiveCodes, 0)
  return said
}

const text = (file: string) => readFileSync(join(folder, file), "utf8")

/** The commands in a file that start an emulator or wait for one. */
const commandsIn = (file: string) =>
  Array.from(text(file).matchAll(/npx (?:--yes )?(@metal-otp\/cli .*)/g), ([, command]) => `npx ${command}`)

describe("the example", () => {
  it("of Playwright signs in twice at the same time", needs("chromium"), async () => {
    const args = ["--conditions=@metal-otp/source", "--test", "--test-reporter=tap", join(folder, "playwright.test.ts")]
    const said = await run(process.execPath, args, { CHROMIUM: pathOf("chromium") ?? "" })
    assert.match(said, /^# pass 2$/m)
  })

  it("of Python passes", needs("python3"), async () => {
    assert.match(await runWithEmulator("python3", ["python/test_login.py"]), /Ran 2 tests[^]*\nOK\n/)
  })

  it("of Go passes", needs("go"), async () => {
    const said = await runWithEmulator("go", ["test", "-count=1", "-v", "./..."], join(folder, "go"))
    assert.strictEqual(said.match(/^--- PASS/gm)?.length, 2)
  })

  it.effect.each(["compose.yaml", "github-actions.yml", "README.md"])("of %s has commands that are known", (file) =>
    Effect.gen(function* () {
      const commands = commandsIn(file)
      assert.isAbove(commands.length, 0)
      for (const command of commands) yield* Commands.check(command)
    })
  )

  it.effect("of Compose has settings that can be read", () =>
    Effect.gen(function* () {
      const [, indented = ""] = /content: \|\n([^]*)/.exec(text("compose.yaml")) ?? []
      const { host, port, users } = yield* EmulatorConfig.parse(indented)
      assert.deepStrictEqual([host, port, users.length], ["0.0.0.0", 4010, 1])
    })
  )
})
