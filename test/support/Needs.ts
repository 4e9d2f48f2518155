/** Skips tests that need a program which is not installed, such as Redis. */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { env } from "node:process"

declare module "vitest" {
  interface TaskMeta {
    /** The program that a test or suite needs. */
    readonly needs?: string
  }
}

/** The path of a program on the `PATH`, or `undefined`. */
export const pathOf = (program: string): string | undefined =>
  (env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path))

/** Options that skip a test or suite without a program. The last line of the run then names the program. */
export const needs = (program: string) => ({ skip: pathOf(program) === undefined, meta: { needs: program } })
