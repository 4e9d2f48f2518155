import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const bundle = fileURLToPath(new URL("../../../../scripts/bundle.ts", import.meta.url))

/** The tests of the binary run what is published: `dist`, built from the sources as they are now. */
export default () => {
  execFileSync(process.execPath, [bundle, "cli"], { stdio: "inherit" })
}
