#!/usr/bin/env node
import { enableCompileCache } from "node:module"
import { env, platform } from "node:process"
import * as CompileCache from "./CompileCache.ts"

const folder = CompileCache.folder(platform, env)
if (folder !== undefined) enableCompileCache(folder)

await import("./Main.ts")
