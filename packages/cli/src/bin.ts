#!/usr/bin/env node
// A namespace, because Node 20 lacks `enableCompileCache`: a named import would fail before the check of the version.
import * as Module from "node:module"
import process from "node:process"
import * as CompileCache from "./CompileCache.ts"
import * as NodeVersion from "./NodeVersion.ts"

const problem = NodeVersion.problem(process.versions.node)
if (problem === undefined) {
  const folder = CompileCache.folder(process.platform, process.env)
  if (folder !== undefined) Module.enableCompileCache(folder)
  await import("./Main.ts")
} else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 2
}
