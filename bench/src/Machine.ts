/** The machine that a benchmark runs on. */
import { cpus } from "node:os"

export const machine = () => ({
  node: process.versions.node,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length
})
