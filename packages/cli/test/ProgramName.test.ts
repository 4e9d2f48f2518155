/** The program's name in hints. */
import { assert, describe, it } from "@effect/vitest"
import { Operation, Outcome } from "@metal-otp/core"
import { OtpsError } from "@metal-otp/schema"
import { afterEach, vi } from "vitest"
import { nameOf } from "../src/ProgramName.ts"

const npx = "npx @metal-otp/cli"
const cached = "/home/me/.npm/_npx/0a1b2c/node_modules/.bin/metal-otp"

describe("nameOf", () => {
  const starts: ReadonlyArray<readonly [script: string, command: string | undefined, name: string]> = [
    [cached, "exec", npx],
    [cached, undefined, npx],
    ["C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\0a\\node_modules\\@metal-otp\\cli\\dist\\bin.js", "exec", npx],
    ["/project/node_modules/.bin/metal-otp", "exec", npx],
    ["/project/node_modules/.bin/metal-otp", undefined, "metal-otp"],
    ["/project/node_modules/.bin/metal-otp", "run-script", "metal-otp"],
    ["/usr/local/bin/metal-otp", undefined, "metal-otp"],
    ["/usr/local/bin/metal-otp", "exec", "metal-otp"],
    ["/project/node_modules/vitest/dist/worker.js", "exec", "metal-otp"],
    ["", "exec", "metal-otp"]
  ]
  for (const [script, npm_command, name] of starts) {
    it(`is ${name} for ${script || "no script"} with npm_command ${npm_command ?? "unset"}`, () =>
      assert.strictEqual(nameOf({ environment: { npm_command }, script }), name))
  }
})

describe("started by npx", () => {
  const argv = [...process.argv]
  afterEach(() => {
    process.argv = [...argv]
    vi.resetModules()
  })

  it("every hint starts with npx", async () => {
    process.argv = [argv[0] ?? "", cached]
    vi.resetModules()
    const Report = await import("../src/Report.ts")
    const Failure = await import("../src/Failure.ts")
    const { NoToken } = await import("../src/Settings.ts")
    const operation = "regenerateCodes"
    const unauthorized = new OtpsError.Unauthorized({ operation })
    const baseUrl = "https://api.equinix.com/metal/v1"
    const said = [
      ...Operation.operations.flatMap((operation) =>
        Outcome.outcomes.map((outcome) => Report.consequence(operation, outcome))
      ),
      Report.render(Report.ofCall(unauthorized, baseUrl)),
      Report.render(Failure.report(new NoToken({})) ?? { problem: "" })
    ].join("\n")
    assert.include(said, `${npx} recovery-codes list`)
    assert.include(said, `${npx} doctor`)
    assert.include(said, `${npx} emulator`)
    assert.notMatch(said, /(?<!@)metal-otp/)
  })

  it("suggestions and examples start with npx", async () => {
    process.argv = [argv[0] ?? "", cached]
    vi.resetModules()
    const { cli } = await import("../src/Cli.ts")
    const Completions = await import("effect/cli/Completions")
    const Suggest = await import("../src/Suggest.ts")
    const descriptor = Completions.fromCommand(cli)
    assert.deepStrictEqual(Suggest.commands(descriptor, ["metal-otp"], "send"), [`${npx} sms send`])
    assert.deepStrictEqual(Suggest.commands(descriptor, ["metal-otp"], "version"), [`${npx} --version`])
    const commands = [cli, ...cli.subcommands.flatMap(({ commands }) => commands)]
    const examples = commands.flatMap((command) => command.examples.map(({ command }) => command))
    assert.isAbove(examples.length, 5)
    for (const example of examples) assert.include(example, npx)
  })
})
