import { globSync } from "node:fs"
import { join } from "node:path"
import type { Reporter, TestModule, Vitest } from "vitest/node"

const root = join(import.meta.dirname, "../..")

/** The missing programs of skipped tests. */
const missing = (modules: ReadonlyArray<TestModule>) => {
  const candidates = modules.flatMap(({ children }) => [...children.allSuites(), ...children.allTests("skipped")])
  const programs = candidates.filter(({ options }) => options.mode === "skip").map((skipped) => skipped.meta().needs)
  return [...new Set(programs)].filter((program) => program !== undefined).toSorted()
}

/** A reporter that ends a run with one line: which tests were skipped, why, and how to run all. */
export class Skipped implements Reporter {
  private vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.vitest = vitest
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const ran = new Set(modules.map(({ moduleId }) => moduleId))
    const notRun = globSync("packages/*/test/**/*.integration.test.ts", { cwd: root }).filter(
      (file) => !ran.has(join(root, file))
    )
    const programs = missing(modules)
    const parts = [
      ...(notRun.length === 0
        ? []
        : [`${notRun.length} integration test files, which take minutes and need browsers, Redis or real kills`]),
      ...(programs.length === 0 ? [] : [`tests that need programs which are not installed (${programs.join(", ")})`])
    ]
    const install = programs.length === 0 ? "" : `install ${programs.join(", ")}, then `
    if (parts.length > 0) {
      this.vitest?.logger.log(`Skipped: ${parts.join("; ")}. To run all: ${install}npm run test:all\n`)
    }
  }
}
