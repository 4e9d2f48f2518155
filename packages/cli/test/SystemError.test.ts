/** The system's error codes in errors of any library. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as SystemError from "../src/SystemError.ts"

describe("codeOf", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" })

  it.each([
    ["an error", refused, Option.some("ECONNREFUSED")],
    ["its cause", new Error("outer", { cause: new Error("inner", { cause: refused }) }), Option.some("ECONNREFUSED")],
    ["an error without a code", new Error("no code"), Option.none()],
    ["an error with a number as its code", Object.assign(new Error("aborted"), { code: 20 }), Option.none()],
    ["a value that is not an error", "ECONNREFUSED", Option.none()]
  ] as const)("finds the code in %s, if there is one", (_, error, code) =>
    assert.deepStrictEqual(SystemError.codeOf(error), code)
  )

  it("escapes unsafe characters", () =>
    assert.deepStrictEqual(SystemError.codeOf({ code: "\u001b[2J" }), Option.some("\\u{1b}[2J")))
})
