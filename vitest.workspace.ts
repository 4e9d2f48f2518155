import { defineConfig } from "vitest/config"

const conditions = ["@metal-otp/source"]

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
        ...(name === "cli" ? { globalSetup: ["test/support/build.ts"] } : {})
      }
    }))
  }
})
