import { nothingLeaksOver } from "./suites/LeaksEmulator.ts"

nothingLeaksOver("fetch", "undici", "node:http")
