import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const conditions = ["@metal-otp/source"]

// The tests of the command line start its built binary, as often as there are cases.
const cli = {
  globalSetup: [fileURLToPath(new URL("packages/cli/test/support/build.ts", import.meta.url))],
  testTimeout: 120_000
}

export default defineConfig({
  test: {
    projects: ["schema", "client", "emulator", "cli"].map((name) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root: `packages/${name}`,
        include: ["test/**/*.test.ts"],
        testTimeout: 30_000,
        ...(name === "cli" ? cli : {})
      }
    }))
  }
})
