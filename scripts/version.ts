/**
 * Copies the version of each client from its `package.json` into its source, for the `User-Agent` header.
 * `npm run version-packages` runs this.
 */
import { readFileSync, writeFileSync } from "node:fs"

for (const name of ["client", "effect3"]) {
  const manifest: { readonly version: string } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"))
  const file = `packages/${name}/src/internal/version.ts`
  writeFileSync(file, readFileSync(file, "utf8").replace(/(?<=version = ")[^"]*/, manifest.version))
}
