/** The declarations of the built package. */
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const types = join(root, "packages/testing/dist/types")

const files = () => readdirSync(types, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"))

const program = `
import { startEmulator, connectEmulator, EmulatorError, type StartedEmulator } from "@metal-otp/testing"
import * as Client from "@metal-otp/testing/client"

const emulator: StartedEmulator = await startEmulator({ users: [{ name: "alice", otp: "123456" }], port: 0 })
const otp: string = await emulator.otp({ user: "alice", wait: "10s", after: new Date(0) })
const other: Client.PromiseClient = connectEmulator(emulator.url, { key: "key" })
for await (const event of other.events()) if (event._tag === "SmsSent") console.log(event.id, otp)
try {
  await emulator[Symbol.asyncDispose]()
} catch (error) {
  if (error instanceof EmulatorError && error instanceof Client.EmulatorError) console.log(error.status)
}
// @ts-expect-error there is no such option
await startEmulator({ prot: 1 })
`

describe("the declarations", () => {
  it("name no type of Effect, and no other package", () => {
    assert.sameMembers(files(), [
      "core/Operation.d.ts",
      "emulator/EmulatorError.d.ts",
      "emulator/PromiseClient.d.ts",
      "testing/Client.d.ts",
      "testing/StartEmulator.d.ts",
      "testing/index.d.ts"
    ])
    for (const file of files()) {
      const text = readFileSync(join(types, file), "utf8").replaceAll(/\/\*[^]*?\*\//g, "")
      for (const [, specifier = ""] of text.matchAll(/(?:from |import\()"([^"]+)"/g)) {
        assert.match(specifier, /^\.\.?\/[\w/.]+\.js$/, file)
      }
      assert.notMatch(text, /\b(?:Effect|Layer|Redacted|Duration)\b/, file)
    }
  })

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"]
  ])("compile in a program with nothing else installed: module %s, resolution %s", (module, moduleResolution) => {
    const folder = mkdtempSync(join(tmpdir(), "metal-otp-testing-"))
    try {
      mkdirSync(join(folder, "node_modules/@types"), { recursive: true })
      mkdirSync(join(folder, "node_modules/@metal-otp/testing"), { recursive: true })
      for (const name of ["package.json", "dist"]) {
        symlinkSync(join(root, "packages/testing", name), join(folder, "node_modules/@metal-otp/testing", name))
      }
      for (const name of ["@types/node", "undici-types"]) {
        symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name))
      }
      writeFileSync(join(folder, "package.json"), `{"type":"module"}`)
      writeFileSync(join(folder, "program.ts"), program)
      const options = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true }
      const compilerOptions = {
        ...options,
        module,
        moduleResolution,
        target: "es2022",
        types: ["node"],
        preserveSymlinks: true
      }
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }))
      const said = execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
        encoding: "utf8"
      })
      assert.strictEqual(said, "")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
