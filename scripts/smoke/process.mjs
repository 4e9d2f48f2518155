/** The calls in a process: Node, Bun or Deno. */
import process from "node:process"
import { calls } from "./calls.mjs"

console.log(JSON.stringify(await calls(JSON.parse(process.argv[2]))))
