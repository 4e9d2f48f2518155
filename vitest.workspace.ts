import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { Skipped } from "./test/support/Skipped.ts"

const conditions = ["@metal-otp/source"]

const integration = "test/**/*.integration.test.ts"

const project = (name: string, root: string, test: object) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root: `packages/${root}`, testTimeout: 30_000, ...test }
})

// The quick tests of the command line are many small files, and share one process and what it has loaded.
const quickOfCli = { isolate: false }

// The others start its built binary.
const integrationOfCli = {
  globalSetup: [fileURLToPath(new URL("packages/cli/test/support/build.ts", import.meta.url))],
  testTimeout: 120_000
}

/** Two projects for each package: the quick tests by its name, and what takes minutes or other programs. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    reporters: ["default", new Skipped()],
    projects: ["core", "schema", "client", "emulator", "cli"].flatMap((name) => [
      project(name, name, {
        include: ["test/**/*.test.ts"],
        exclude: [integration],
        ...(name === "cli" ? quickOfCli : {})
      }),
      project(`${name}-integration`, name, { include: [integration], ...(name === "cli" ? integrationOfCli : {}) })
    ])
  }
})
