/**
 * The tests of all packages but effect3, in two projects for each package: its quick tests by its name, and the
 * integration tests, which take minutes or need other programs, by its name and `-integration`. effect3 has its own
 * version of Vitest.
 */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { overEffect3 } from "./test/support/OverEffect3.ts"
import { Skipped } from "./test/support/Skipped.ts"

const conditions = ["@metal-otp/source"]

const integration = "test/**/*.integration.test.ts"

const project = (name: string, root: string, test: object) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root, testTimeout: 30_000, ...test }
})

/** Builds the bundle first, which the integration tests of `cli` and `testing` run. */
const onBundle = (name: string) => ({
  globalSetup: [fileURLToPath(new URL(`packages/${name}/test/support/build.ts`, import.meta.url))]
})

const bundled = new Set(["cli", "testing"])

/** The names of the projects, and their folders. */
const tested = [
  ...["core", "schema", "client", "emulator", "cli", "testing"].map((name) => [name, `packages/${name}`] as const),
  ["login", "examples/login"] as const
]

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    reporters: ["default", new Skipped()],
    projects: [
      ...overEffect3,
      project("examples", "examples", { include: ["*.test.ts"] }),
      ...tested.flatMap(([name, root]) => [
        project(name, root, {
          include: ["test/**/*.test.ts"],
          exclude: [integration]
        }),
        project(`${name}-integration`, root, {
          include: [integration],
          testTimeout: 120_000,
          ...(bundled.has(name) ? onBundle(name) : {})
        })
      ])
    ]
  }
})
