/** Other programs than Node that some of the integration tests use, where they are. */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { env } from "node:process"

declare module "vitest" {
  interface TaskMeta {
    /** The program without which a test or suite is skipped. */
    readonly needs?: string
  }
}

/** Where a program is, if it is on the `PATH`. */
export const pathOf = (program: string): string | undefined =>
  (env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path))

/** Options of a test or suite that is skipped where a program is missing; the last line of the run then names it. */
export const needs = (program: string) => ({ skip: pathOf(program) === undefined, meta: { needs: program } })
