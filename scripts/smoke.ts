/**
 * Tries the packed packages on each runtime and compiler that they support. On each runtime, a call succeeds, a call gets
 * a 400, and a connection is refused. Each compiler checks a program against the declarations. The script installs the
 * runtimes into `node_modules/.cache`. Build the packages first.
 */
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { arch, platform, tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { chromium } from "playwright-core"
import { build as viteBuild } from "vite"
import { startEmulator } from "@metal-otp/testing"

const packages = ["core", "schema", "client", "emulator", "testing"]

const versions = {
  node22: `npm:node-${platform()}-${arch()}@22.19.0`,
  node24: `npm:node-${platform()}-${arch()}@24.21.0`,
  node26: `npm:node-${platform()}-${arch()}@26.10.0`,
  bun: "1.4.5",
  deno: "2.9.6",
  miniflare: "4.20260730.0",
  "typescript-5.7": "npm:typescript@5.7.3",
  "typescript-5.9": "npm:typescript@5.9.3",
  "typescript-7": "npm:typescript@7.0.2"
}

const print = (line: string) => process.stdout.write(`${line}\n`)

const exec = promisify(execFile)

const run = async (cwd: string, command: string, ...args: ReadonlyArray<string>) => {
  const { stdout } = await exec(command, [...args], { cwd, timeout: 120_000, maxBuffer: 2 ** 24 })
  return stdout.trim()
}

const npmInstall = (cwd: string, ...args: ReadonlyArray<string>) =>
  run(cwd, "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", ...args)

/** Returns the folder of the runtimes, and installs them if it is missing. `npm ci` removes it. */
const installRuntimes = async () => {
  const folder = resolve("node_modules/.cache/smoke")
  if (existsSync(join(folder, "complete"))) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Bun and Deno need their install scripts, which put the binaries in place.
  const allowScripts = { bun: true, deno: true, workerd: false, sharp: false }
  const manifest = { private: true, allowScripts, dependencies: versions }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  await npmInstall(folder)
  writeFileSync(join(folder, "complete"), "")
  return folder
}

/** The folder of this run. */
const root = mkdtempSync(join(tmpdir(), "metal-otp-smoke-"))

/** Packs all packages. Returns a function from their names to the paths of their tarballs. */
const pack = async () => {
  const packed = join(root, "packed")
  mkdirSync(packed)
  for (const name of [...packages, "effect3"]) {
    await run(join("packages", name), "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", packed)
  }
  const files = readdirSync(packed)
  return (...names: ReadonlyArray<string>) =>
    names.map((name) => join(packed, files.find((file) => file.startsWith(`metal-otp-${name}-`)) ?? name))
}

/** Installs packages into a new folder, which also gets the programs of `scripts/smoke`. */
const install = async (name: string, ...dependencies: ReadonlyArray<string>) => {
  const folder = join(root, name)
  cpSync("scripts/smoke", folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  await npmInstall(folder, ...dependencies)
  return folder
}

/** Serves a page with a script. */
const listen = (script: string) =>
  new Promise<{ readonly url: string; readonly close: () => Promise<void> }>((done, fail) => {
    const server = createServer(({ url }, response) => {
      const isScript = url === "/script.js"
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
      response.end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>')
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") return fail(new Error("no port"))
      const close = () => new Promise<void>((closed) => server.close(() => closed()))
      return done({ url: `http://127.0.0.1:${address.port}`, close })
    })
  })

const refused = "BadRequest NotApplied"

/** The results where the runtime tells that a connection was refused, and where it hides that. */
const proved = ["10", refused, "TransportFailure NotApplied ConnectionRefused"]
const hidden = ["10", refused, "TransportFailure Unknown Other"]

const problems: Array<string> = []

/** Runs a check, and prints its result and time. */
const attempt = async (name: string, check: () => Promise<string>) => {
  const start = performance.now()
  const result = await check().then(
    (text) => text,
    (error: unknown) => {
      problems.push(`${name}: ${String(error)}`)
      return "FAILED"
    }
  )
  print(`${name.padEnd(36)} ${result} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}

const compare = (expected: ReadonlyArray<string>, output: string) => {
  const wanted = JSON.stringify({ promises: expected, effect: expected })
  if (output !== wanted) throw new Error(`expected ${wanted}, but got ${output}`)
  return expected.slice(1).join(", ")
}

const bundleWithEsbuild = async (folder: string, entry: string, conditions: Array<string>) => {
  const outfile = join(folder, `${entry}.bundle.js`)
  await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions,
    logLevel: "error"
  })
  return outfile
}

const bundleWithVite = async (folder: string) => {
  await viteBuild({
    configFile: false,
    root: folder,
    logLevel: "error",
    build: { lib: { entry: "page.mjs", formats: ["es"], fileName: () => "page.js" }, outDir: "vite", minify: false }
  })
  return join(folder, "vite", "page.js")
}

const inChromium = async (script: string, settings: string) => {
  const server = await listen(readFileSync(script, "utf8"))
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] })
  try {
    const page = await browser.newPage()
    await page.goto(server.url)
    return await page.evaluate<string>(`calls(${settings}).then(JSON.stringify)`)
  } finally {
    await browser.close()
    await server.close()
  }
}

const compilerOptions = {
  target: "ES2023",
  lib: ["ES2023", "DOM", "DOM.Iterable", "ESNext.Disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true
}

/** TypeScript 7 has no API for `typeCheck.cjs`, and checks all declarations itself. */
const compilers = [
  ["5.7", "typeCheck.cjs"],
  ["5.9", "typeCheck.cjs"],
  ["7", undefined]
] as const

const typeCheck = async (folder: string, compiler: string, resolution: string, script: string | undefined) => {
  const config = `tsconfig.${resolution}.json`
  const module = resolution === "nodenext" ? "NodeNext" : "ESNext"
  const options = { ...compilerOptions, module, moduleResolution: resolution }
  writeFileSync(join(folder, config), JSON.stringify({ compilerOptions: options, files: ["consumer.ts"] }))
  const args = script === undefined ? [join(compiler, "bin/tsc"), "-p", config] : [script, compiler, config]
  const output = await exec(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 24 }).then(
    () => "",
    ({ stderr, stdout }: { readonly stderr: string; readonly stdout: string }) => `${stdout}${stderr}`
  )
  const errors = output.split("\n").filter((line) => /error TS/.test(line))
  if (output !== "" && errors.length === 0) throw new Error(output)
  // Errors in the declarations of other packages are not ours to correct.
  const ours = errors.filter((line) => !/^node_modules\/(?!@metal-otp\/)/.test(line))
  if (ours.length > 0) throw new Error(ours.slice(0, 5).join("\n"))
  return "no errors"
}

const chromiumPath = "/usr/bin/chromium"

const smoke = async () => {
  await using emulator = await startEmulator()
  // Nothing listens on its port once it is closed.
  const closed = await listen("")
  await closed.close()
  const settings = JSON.stringify({ authToken: emulator.authToken, baseUrl: emulator.baseUrl, closedUrl: closed.url })

  const calls = (name: string, expected: ReadonlyArray<string>, make: () => Promise<string>) =>
    attempt(name, async () => {
      // The emulator locks a user after too many wrong OTPs.
      await emulator.reset()
      return compare(expected, await make())
    })

  const tarballs = await pack()
  const folder = await install("effect4", ...tarballs(...packages), "effect@~4.1.0", "@types/node@^24")
  const effect3 = await install("effect3", ...tarballs("core", "effect3"), "effect@^3.19", "@effect/platform@>=0.93 <1")
  const runtimes = await installRuntimes().catch((error: unknown) => {
    // CI has to try all of them.
    if (process.env["CI"] !== undefined) throw error
    print(`not run, because the runtimes can't be installed: ${String(error)}`)
    return undefined
  })

  if (runtimes !== undefined) {
    const bin = (name: string) => join(runtimes, "node_modules", name)
    for (const node of ["node22", "node24", "node26"]) {
      const binary = bin(`${node}/bin/node`)
      const version = await run(folder, binary, "--version")
      await calls(`Node ${version}`, proved, () => run(folder, binary, "process.mjs", settings))
      await calls(`Node ${version}, Effect 3`, proved, () => run(effect3, binary, "effect3.mjs", settings))
      await attempt(`Node ${version}, require()`, async () => {
        await run(folder, binary, "required.cjs")
        return "loads"
      })
    }
    await calls(`Bun ${versions.bun}`, proved, () => run(folder, bin(".bin/bun"), "process.mjs", settings))
    await calls(`Deno ${versions.deno}`, proved, () =>
      run(folder, bin(".bin/deno"), "run", "--allow-all", "--node-modules-dir=manual", "process.mjs", settings)
    )
    // workerd reads no file from outside its folder.
    cpSync(await bundleWithEsbuild(folder, "worker.mjs", ["workerd", "worker", "browser"]), join(runtimes, "worker.js"))
    cpSync("scripts/smoke/workerd.mjs", join(runtimes, "workerd.mjs"))
    for (const date of ["2026-01-01", "2024-09-23"]) {
      await calls(`workerd, as of ${date}`, hidden, () =>
        run(runtimes, process.execPath, "workerd.mjs", "worker.js", date, settings)
      )
    }
    for (const [version, script] of compilers) {
      const compiler = bin(`typescript-${version}`)
      await Promise.all(
        ["nodenext", "bundler"].map((resolution) =>
          attempt(`TypeScript ${version}, ${resolution}`, () => typeCheck(folder, compiler, resolution, script))
        )
      )
    }
  }

  if (existsSync(chromiumPath)) {
    await calls("Chromium, bundled by esbuild", hidden, async () =>
      inChromium(await bundleWithEsbuild(folder, "page.mjs", ["browser"]), settings)
    )
    await calls("Chromium, bundled by Vite", hidden, async () => inChromium(await bundleWithVite(folder), settings))
  } else print("not run, because there is no Chromium")
}

await smoke().finally(() => rmSync(root, { recursive: true, force: true }))
if (problems.length > 0) {
  print(problems.join("\n\n"))
  process.exitCode = 1
}
