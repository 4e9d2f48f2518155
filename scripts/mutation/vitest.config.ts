/** The quick tests of the pure modules, in the one project that Stryker can run: `npm run mutation`. */
import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

const packages = resolve(import.meta.dirname, "../../packages")

const conditions = ["@metal-otp/source"]

export default defineConfig({
  resolve: {
    conditions,
    // Stryker mutates a copy of the sources, but the links in node_modules lead to the originals.
    alias: [
      { find: /^@metal-otp\/(\w+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^@metal-otp\/(\w+)\/(.+)$/, replacement: `${packages}/$1/src/$2.ts` }
    ]
  },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/{schema,core}/test/**/*.test.ts", "packages/client/test/{RetryBudget,RetryPolicy}.test.ts"],
    exclude: ["**/*.integration.test.ts"],
    testTimeout: 120_000
  }
})
