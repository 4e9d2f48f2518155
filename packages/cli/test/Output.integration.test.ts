/** The results of the binary on a real terminal. */
import { outputOnTerminal } from "./suites/Output.ts"
import * as Binary from "./support/Binary.ts"

outputOnTerminal(Binary)
