import { globSync } from "node:fs"
import { join } from "node:path"
import type { Reporter, TestModule, Vitest } from "vitest/node"

const root = join(import.meta.dirname, "../..")

/** The programs that skipped tests would need. */
const missing = (modules: ReadonlyArray<TestModule>) => {
  const skipped = modules.flatMap(({ children }) => [...children.allSuites(), ...children.allTests("skipped")])
  const programs = skipped.filter(({ options }) => options.mode === "skip").map((one) => one.meta().needs)
  return [...new Set(programs)].filter((program) => program !== undefined).toSorted()
}

/** Ends a run with one line: what was skipped, why, and how to run all. */
export class Skipped implements Reporter {
  private vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.vitest = vitest
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const ran = new Set(modules.map(({ moduleId }) => moduleId))
    const left = globSync("packages/*/test/**/*.integration.test.ts", { cwd: root }).filter(
      (file) => !ran.has(join(root, file))
    )
    const programs = missing(modules)
    const parts = [
      ...(left.length === 0
        ? []
        : [`${left.length} files *.integration.test.ts, which take minutes, browsers, Redis or real kills`]),
      ...(programs.length === 0 ? [] : [`tests that need what is not here (${programs.join(", ")})`])
    ]
    const installed = programs.length === 0 ? "" : " where that is installed"
    if (parts.length > 0) {
      this.vitest?.logger.log(`Skipped: ${parts.join("; ")}. To run all: npm run test:all${installed}\n`)
    }
  }
}
