import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const bundle = fileURLToPath(new URL("../../../../scripts/bundle.ts", import.meta.url))

/** Builds `dist` before the integration tests, which test the built package. */
export default () => {
  execFileSync(process.execPath, [bundle, "testing"], { stdio: "inherit" })
}
