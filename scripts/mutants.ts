/**
 * Removes each guard, one at a time, and runs its test, which has to fail. `npm run mutants` removes all guards, `npm run
 * mutants mask` those whose name or file contains `mask`. `npm run mutants -- --find` only looks for the guards and their
 * tests, which takes seconds.
 *
 * Vitest runs once, with a project for each mutant. A selector that does not match exactly one place is an error, and so
 * is a test that does not run.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import process, { argv } from "node:process"
import { createVitest, type TestModule } from "vitest/node"
import { effect3Alias } from "../test/support/OverEffect3.ts"
import { effect3 } from "./mutants/effect3.ts"
import { locate, type Mutant, type Place, testOf, without } from "./mutants/Mutant.ts"
import { login } from "./mutants/login.ts"
import { retries } from "./mutants/retries.ts"
import { security } from "./mutants/security.ts"

class Survived extends Schema.TaggedError<Survived>("metal-otp/scripts/Survived")("Survived", {
  mutants: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `No test fails without these guards: ${this.mutants.join("; ")}`
  }
}

const root = resolve(import.meta.dirname, "..")

const conditions = ["@metal-otp/source"]

/** A mutant whose guard and test are found. */
interface Ready {
  readonly name: string
  readonly mutant: Mutant
  readonly place: Place
  readonly test: string
}

/** Finds a mutant's guard and test, or fails with the problem. */
const prepare = (mutant: Mutant): Result.Result<Ready, string> =>
  Result.gen(function* () {
    const place = yield* Result.mapError(locate(mutant), (problem) => `${mutant.guard}: ${problem}`)
    const name = `${place.file}: ${mutant.guard}`
    const test = yield* Result.mapError(testOf(mutant), (problem) => `${name}: ${problem}`)
    return { name, mutant, place, test: resolve(root, test) }
  })

/** A Vitest project whose sources lack the guard. */
const project = ({ mutant, name, place, test }: Ready) => {
  const file = resolve(root, place.file)
  return {
    resolve: { conditions, alias: mutant.of === "effect3" ? [effect3Alias] : [] },
    ssr: { resolve: { conditions } },
    logLevel: "silent" as const,
    plugins: [
      {
        name: "mutant",
        enforce: "pre" as const,
        load: (id: string) => (id === file ? without(mutant, place, readFileSync(file, "utf8")) : undefined)
      }
    ],
    test: { name, include: [test], testTimeout: 30_000 }
  }
}

/** `"red"`, as it should be, or the problem. */
const verdict = (module: TestModule): string => {
  if (module.errors().length > 0) return "its test does not run"
  if ([...module.children.allTests("failed")].length > 0) return "red"
  return [...module.children.allTests("passed")].length > 0 ? "its test stays green" : "no test has its name"
}

/** Runs the test of each mutant. Returns the verdicts by the names of the mutants. */
const run = async (mutants: ReadonlyArray<Ready>): Promise<ReadonlyMap<string, string>> => {
  const verdicts = new Map<string, string>()
  const vitest = await createVitest(
    "test",
    {
      root,
      config: false,
      watch: false,
      maxWorkers: 2,
      // Threads start faster than processes.
      pool: "threads",
      fsModuleCache: false,
      projects: mutants.map(project),
      reporters: [
        {
          onTestModuleEnd(module) {
            verdicts.set(module.project.name, verdict(module))
            process.stdout.write(`${verdict(module)}  ${module.project.name}\n`)
          }
        }
      ]
    },
    { logLevel: "silent" }
  )
  await vitest.runTestSpecifications(
    mutants.map(({ mutant: { named }, name, test }) =>
      vitest.getProjectByName(name).createSpecification(test, named === undefined ? [] : { testNamePattern: named })
    )
  )
  await vitest.close()
  // Vitest sets it for the failed tests, which are what we want.
  process.exitCode = undefined
  return verdicts
}

const onlyFind = argv.includes("--find")
const wanted = argv.slice(2).filter((argument) => argument !== "--find")

NodeRuntime.runMain(
  Effect.gen(function* () {
    const prepared = [...Object.values(security), ...Object.values(retries), effect3, login].flat().map(prepare)
    const notFound = prepared.filter(Result.isFailure).map(({ failure }) => failure)
    const ready = prepared
      .filter(Result.isSuccess)
      .map(({ success }) => success)
      .filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    if (onlyFind || ready.length === 0) {
      if (notFound.length > 0) return yield* new Survived({ mutants: notFound })
      return yield* Console.log(`found ${ready.length} guards and their tests`)
    }
    const verdicts = yield* Effect.promise(() => run(ready))
    const notRed = ready.flatMap(({ name }) => {
      const verdict = verdicts.get(name) ?? "its test does not run"
      return verdict === "red" ? [] : [`${name}: ${verdict}`]
    })
    const survivors = [...notFound, ...notRed]
    if (survivors.length > 0) return yield* new Survived({ mutants: survivors })
    yield* Console.log(`${ready.length} guards, and each has a test that fails without it`)
  })
)
