/** Makes the calls in a process of Node, Bun or Deno, and prints the results. */
import process from "node:process"
import { calls } from "./calls.mjs"

console.log(JSON.stringify(await calls(JSON.parse(process.argv[2]))))
