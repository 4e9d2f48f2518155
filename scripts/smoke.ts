/**
 * Tries the packages as they are published where they say that they run. Each runtime makes a call, is refused one, and
 * finds a connection refused; each compiler checks a program against the declarations. The runtimes are installed on
 * demand, beside the project's own packages. Build the packages first.
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

const say = (line: string) => process.stdout.write(`${line}\n`)

const exec = promisify(execFile)

const run = async (cwd: string, command: string, ...args: ReadonlyArray<string>) => {
  const { stdout } = await exec(command, [...args], { cwd, timeout: 120_000, maxBuffer: 2 ** 24 })
  return stdout.trim()
}

const npmInstall = (cwd: string, ...args: ReadonlyArray<string>) =>
  run(cwd, "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", ...args)

/** The folder of the runtimes, which is kept until `npm ci`. */
const installRuntimes = async () => {
  const folder = resolve("node_modules/.cache/smoke")
  if (existsSync(join(folder, "complete"))) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Bun and Deno put their binaries in place when they are installed.
  const allowScripts = { bun: true, deno: true, workerd: false, sharp: false }
  const manifest = { private: true, allowScripts, dependencies: versions }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  await npmInstall(folder)
  writeFileSync(join(folder, "complete"), "")
  return folder
}

const root = mkdtempSync(join(tmpdir(), "metal-otp-smoke-"))

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

const install = async (name: string, ...dependencies: ReadonlyArray<string>) => {
  const folder = join(root, name)
  cpSync("scripts/smoke", folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  await npmInstall(folder, ...dependencies)
  return folder
}

/** Serves a page with a script, until it is closed. */
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

/** What a runtime can prove of a connection that was refused. */
const proved = ["10", refused, "TransportFailure NotApplied ConnectionRefused"]
const hidden = ["10", refused, "TransportFailure Unknown Other"]

const problems: Array<string> = []

const attempt = async (name: string, check: () => Promise<string>) => {
  const start = performance.now()
  const result = await check().then(
    (text) => text,
    (error: unknown) => {
      problems.push(`${name}: ${String(error)}`)
      return "FAILED"
    }
  )
  say(`${name.padEnd(36)} ${result} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}

const compare = (expected: ReadonlyArray<string>, output: string) => {
  const wanted = JSON.stringify({ promises: expected, effect: expected })
  if (output !== wanted) throw new Error(`expected ${wanted}, and it gives ${output}`)
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

const typeCheck = async (folder: string, compiler: string, resolution: string) => {
  const config = `tsconfig.${resolution}.json`
  const module = resolution === "nodenext" ? "NodeNext" : "ESNext"
  const options = { ...compilerOptions, module, moduleResolution: resolution }
  writeFileSync(join(folder, config), JSON.stringify({ compilerOptions: options, files: ["consumer.ts"] }))
  const errors = await exec(process.execPath, [compiler, "-p", config], { cwd: folder, maxBuffer: 2 ** 24 }).then(
    () => [],
    ({ stdout }: { readonly stdout: string }) => stdout.split("\n").filter((line) => /error TS/.test(line))
  )
  // What the declarations of others lack is theirs to mend.
  const [ours, theirs] = [true, false].map((own) =>
    errors.filter((line) => /^(?:node_modules\/@metal-otp\/|consumer\.ts|error)/.test(line) === own)
  )
  if (ours === undefined || ours.length > 0) throw new Error(ours?.slice(0, 5).join("\n"))
  return `no errors${theirs?.length ? `, and ${theirs.length} in packages of others: ${theirs[0]}` : ""}`
}

const chromiumPath = "/usr/bin/chromium"

const smoke = async () => {
  await using emulator = await startEmulator()
  // Nothing listens there once the server is closed.
  const gone = await listen("")
  await gone.close()
  const settings = JSON.stringify({ authToken: emulator.authToken, baseUrl: emulator.baseUrl, nobody: gone.url })

  const calls = (name: string, expected: ReadonlyArray<string>, make: () => Promise<string>) =>
    attempt(name, async () => {
      // Who is refused too often is locked.
      await emulator.reset()
      return compare(expected, await make())
    })

  const tarballs = await pack()
  const folder = await install("effect4", ...tarballs(...packages), "effect@~4.1.0", "@types/node@^24")
  const effect3 = await install("effect3", ...tarballs("core", "effect3"), "effect@^3.19", "@effect/platform@>=0.93 <1")
  const runtimes = await installRuntimes().catch((error: unknown) => {
    // In CI, what is not tried is not known.
    if (process.env["CI"] !== undefined) throw error
    say(`not run: the runtimes can't be installed: ${String(error)}`)
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
    // workerd takes no file from above its folder.
    cpSync(await bundleWithEsbuild(folder, "worker.mjs", ["workerd", "worker", "browser"]), join(runtimes, "worker.js"))
    cpSync("scripts/smoke/workerd.mjs", join(runtimes, "workerd.mjs"))
    for (const date of ["2026-01-01", "2024-09-23"]) {
      await calls(`workerd, as of ${date}`, hidden, () =>
        run(runtimes, process.execPath, "workerd.mjs", "worker.js", date, settings)
      )
    }
    for (const version of ["5.7", "5.9", "7"]) {
      const compiler = bin(`typescript-${version}/bin/tsc`)
      await Promise.all(
        ["nodenext", "bundler"].map((resolution) =>
          attempt(`TypeScript ${version}, ${resolution}`, () => typeCheck(folder, compiler, resolution))
        )
      )
    }
  }

  if (existsSync(chromiumPath)) {
    await calls("Chromium, bundled by esbuild", hidden, async () =>
      inChromium(await bundleWithEsbuild(folder, "page.mjs", ["browser"]), settings)
    )
    await calls("Chromium, bundled by Vite", hidden, async () => inChromium(await bundleWithVite(folder), settings))
  } else say("not run: there is no Chromium")
}

await smoke().finally(() => rmSync(root, { recursive: true, force: true }))
if (problems.length > 0) {
  say(problems.join("\n\n"))
  process.exitCode = 1
}
