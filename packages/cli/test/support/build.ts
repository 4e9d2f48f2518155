/** Builds `dist` from the current sources before the integration tests, which run the published binary. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const bundle = fileURLToPath(new URL("../../../../scripts/bundle.ts", import.meta.url))

export default () => {
  execFileSync(process.execPath, [bundle, "cli"], { stdio: "inherit" })
}
