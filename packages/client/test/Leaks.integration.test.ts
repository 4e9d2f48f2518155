/** Each call under each failure; a third of them are in `Leaks.test.ts`. */
import { describe } from "@effect/vitest"
import { nothingLeaksUnderTheWorst } from "./suites/Leaks.ts"

describe("leaks", () => {
  nothingLeaksUnderTheWorst(() => () => true)
})
