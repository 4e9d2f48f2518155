import { describe } from "@effect/vitest"
import { inMemory } from "./suites/AtMostOnce.ts"

describe("at most once", () => {
  inMemory(10_000)
})
