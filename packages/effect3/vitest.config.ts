import { defineConfig } from "vitest/config"

const conditions = ["@metal-otp/source"]

/** The tests run on vitest 3, as `@effect/vitest` for Effect 3 does: they can't be a project of the others. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: "effect3", include: ["test/**/*.test.ts"], testTimeout: 30_000, maxWorkers: 2, isolate: false }
})
