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

// The quick tests of the command line are many small files, and share one process and what it has loaded.
const quickOfCli = { isolate: false }

/** The others test what is published: the built bundle. */
const onBundle = (name: string) => ({
  globalSetup: [fileURLToPath(new URL(`packages/${name}/test/support/build.ts`, import.meta.url))],
  testTimeout: 120_000
})

const bundled = new Set(["cli", "testing"])

/** What has tests, and where. */
const tested = [
  ...["core", "schema", "client", "emulator", "cli", "testing"].map((name) => [name, `packages/${name}`] as const),
  ["login", "examples/login"] as const
]

/** Two projects for each: the quick tests by its name, and what takes minutes or other programs. */
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
          exclude: [integration],
          ...(name === "cli" ? quickOfCli : {})
        }),
        project(`${name}-integration`, root, {
          include: [integration],
          ...(bundled.has(name) ? onBundle(name) : {})
        })
      ])
    ]
  }
})
