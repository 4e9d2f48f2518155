/** The results of the binary on a real terminal. */
import * as Binary from "./support/Binary.ts"
import { outputOnTerminal } from "./suites/Output.ts"

outputOnTerminal(Binary)
