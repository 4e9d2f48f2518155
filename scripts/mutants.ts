/**
 * Takes each guard out, one at a time, and has the tests that show it run: they
 * have to go red. `npm run mutants` breaks all of them, `npm run mutants mask`
 * those whose name or file has that in it.
 *
 * A guard that can't be found any more, or a run that ends in anything but
 * failed tests, is an error too.
 */
import { Console, Effect, Schema } from "effect"
import { NodeRuntime } from "@effect/platform-node"
import process, { argv } from "node:process"
import { startVitest } from "vitest/node"
import { cli } from "./mutants/cli.ts"
import { client } from "./mutants/client.ts"
import { emulator } from "./mutants/emulator.ts"
import { leaks } from "./mutants/leaks.ts"
import { type Mutant, wherever } from "./mutants/Mutant.ts"
import { schema } from "./mutants/schema.ts"

class Survived extends Schema.TaggedError<Survived>("metal-otp/scripts/Survived")("Survived", {
  mutants: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `No test misses these guards: ${this.mutants.join("; ")}`
  }
}

const conditions = ["@metal-otp/source"]

const packages = `${import.meta.dirname}/../packages`

/** Runs the tests of a mutant, and says what is wrong, if anything is. */
const problem = async (mutant: Mutant): Promise<string | undefined> => {
  let taken = 0
  const vitest = await startVitest(
    "test",
    [...mutant.tests],
    {
      root: `${packages}/${mutant.in ?? "client"}`,
      config: false,
      watch: false,
      bail: 1,
      reporters: [{}],
      include: ["test/**/*.test.ts"],
      testTimeout: 30_000,
      fsModuleCache: false
    },
    {
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      logLevel: "silent",
      plugins: [
        {
          name: "mutant",
          enforce: "pre",
          transform(code, id) {
            if (!id.endsWith(`packages/${mutant.file}`)) return undefined
            const mutated = wherever(mutant.find).reduce((code, find) => code.replace(find, () => mutant.replace), code)
            if (mutated !== code) taken++
            return mutated
          }
        }
      ]
    }
  )
  const modules = vitest.state.getTestModules()
  const failed = modules.flatMap((module) => [...module.children.allTests("failed")])
  const broken = modules.flatMap((module) => module.errors())
  await vitest.close()
  // Vitest says of the whole process what was so of these tests, which are to fail.
  process.exitCode = undefined
  if (taken === 0) return "it is not there"
  if (modules.length === 0 || broken.length > 0) return "its tests don't run"
  return failed.length === 0 ? "its tests stay green" : undefined
}

const wanted = argv.slice(2)
const mutants = [...schema, ...client, ...leaks, ...emulator, ...cli].filter(
  ({ file, guard }) => wanted.length === 0 || wanted.some((part) => `${file} ${guard}`.includes(part))
)

NodeRuntime.runMain(
  Effect.gen(function* () {
    const survivors: Array<string> = []
    for (const mutant of mutants) {
      const what = yield* Effect.promise(() => problem(mutant))
      const name = `${mutant.file}: ${mutant.guard}`
      yield* Console.log(what === undefined ? `red   ${name}` : `WRONG ${name}: ${what}`)
      if (what !== undefined) survivors.push(`${name}: ${what}`)
    }
    if (survivors.length > 0) return yield* new Survived({ mutants: survivors })
    yield* Console.log(`${mutants.length} guards, each missed by a test`)
  })
)
