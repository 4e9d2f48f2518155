/** The calls in a page. */
import { calls } from "./calls.mjs"

globalThis.calls = calls
