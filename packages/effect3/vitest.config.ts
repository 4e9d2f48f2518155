import { defineConfig } from "vitest/config"

const conditions = ["@metal-otp/source"]

/** `@effect/vitest` for Effect 3 needs Vitest 3. So these tests can't be a project of `vitest.workspace.ts`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: "effect3", include: ["test/**/*.test.ts"], testTimeout: 30_000, maxWorkers: 2, isolate: false }
})
