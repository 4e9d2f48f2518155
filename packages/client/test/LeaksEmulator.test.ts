import { nothingLeaksOver } from "./suites/LeaksEmulator.ts"

nothingLeaksOver("in memory")
