/** The built package. */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("..", import.meta.url))

/** Runs code that imports the package, and returns the JSON that it prints. */
const run = (code: string, type = "module") =>
  new Promise<unknown>((resolve, reject) => {
    execFile(process.execPath, [`--input-type=${type}`, "--eval", code], { cwd: folder }, (error, stdout, stderr) =>
      error === null ? resolve(JSON.parse(stdout)) : reject(new Error(stderr, { cause: error }))
    )
  })

describe("the bundle", () => {
  it("starts an emulator with its page, and lets the process end after close", async () => {
    const said = await run(`
      import { startEmulator } from "@metal-otp/testing"
      const emulator = await startEmulator({ users: [{ name: "alice", otp: "123456" }] })
      await emulator.users.sendSms("alice")
      const otp = await emulator.otp({ user: "alice" })
      const statuses = []
      for (const path of ["", "assets/page.js", "docs", "_emulator/v1/openapi.json"]) {
        statuses.push((await fetch(emulator.pageUrl + path)).status)
      }
      await emulator.close()
      console.log(JSON.stringify({ otp, statuses }))
    `)
    assert.deepStrictEqual(said, { otp: "123456", statuses: [200, 200, 200, 200] })
  })

  it("starts an emulator in CommonJS of --eval, whose __filename is no path", async () => {
    const said = await run(
      `
      import("@metal-otp/testing").then(async ({ startEmulator }) => {
        const emulator = await startEmulator()
        await emulator.close()
        console.log(JSON.stringify(__filename))
      })
    `,
      "commonjs"
    )
    assert.strictEqual(said, "[eval]")
  })

  it("has the same EmulatorError in both modules", async () => {
    const said = await run(`
      import * as all from "@metal-otp/testing"
      import * as client from "@metal-otp/testing/client"
      console.log(JSON.stringify([
        all.EmulatorError === client.EmulatorError,
        all.connectEmulator === client.connectEmulator,
        Object.keys(all),
        Object.keys(client)
      ]))
    `)
    const shared = ["EmulatorError", "connectEmulator"]
    assert.deepStrictEqual(said, [true, true, [...shared, "startEmulator"], shared])
  })

  it("loads the server when an emulator starts, and never with the client alone", () => {
    const dist = join(folder, "dist")
    assert.notMatch(readFileSync(join(dist, "client.js"), "utf8"), /^\s*import\b|\bimport\(|node:/m)
    const index = readFileSync(join(dist, "index.js"), "utf8")
    assert.notMatch(index, /^import .*server/m)
    assert.match(index, /import\("\.\/server-\w+\.js"\)/)
  })

  it("has the licences of its parts", () => {
    const licenses = readFileSync(join(folder, "dist/THIRD_PARTY_LICENSES.txt"), "utf8")
    for (const name of ["effect", "@effect/platform-node", "otpauth", "uqr", "yaml"]) {
      assert.match(licenses, new RegExp(`^${name} [\\d.]+ \\(`, "m"))
    }
    assert.include(readdirSync(folder), "LICENSE")
  })
})
