/** Each call under each failure. `Leaks.test.ts` has a third of them. */
import { describe } from "@effect/vitest"
import { nothingLeaksUnderTheWorst } from "./suites/Leaks.ts"

describe("leaks", () => {
  nothingLeaksUnderTheWorst(() => true)
})
