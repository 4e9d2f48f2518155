/** Makes the calls available to the test in a page. */
import { calls } from "./calls.mjs"

globalThis.calls = calls
