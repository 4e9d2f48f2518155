import { assert, describe, it } from "@effect/vitest"
import { ErrorBody } from "@metal-otp/core"

describe("read", () => {
  it.each([
    [{}, {}],
    [{ error: "a" }, { error: "a" }],
    [{ errors: ["a", "b"] }, { errors: ["a", "b"] }],
    [
      { error: "a", errors: ["b"] },
      { error: "a", errors: ["b"] }
    ],
    [{ error: "a", errors: [], more: 1 }, { error: "a" }],
    [{ error: null, errors: ["a"] }, { errors: ["a"] }],
    [{ error: "a", errors: null }, { error: "a" }],
    [{ error: 1, errors: "a" }, {}],
    [{ error: ["a"], errors: { 0: "a" } }, {}],
    [{ errors: [1, "a", null, ["b"]] }, { errors: ["a"] }],
    [{ error: "" }, { error: "" }],
    [[], {}],
    [["a"], {}],
    ["a", {}],
    [1, {}],
    [null, {}],
    [undefined, {}]
  ])("keeps the valid members of %j", (json, body) => assert.deepStrictEqual(ErrorBody.read(json), body))
})

describe("messages", () => {
  it.each([
    [{}, []],
    [{ error: "a" }, ["a"]],
    [{ errors: ["b", "c"] }, ["b", "c"]],
    [{ error: "a", errors: ["b"] }, ["a", "b"]],
    [{ error: "b", errors: ["a", "b", "a"] }, ["b", "a"]],
    [{ error: "", errors: ["", "a"] }, ["a"]]
  ])("of %j", (body, messages) => assert.deepStrictEqual(ErrorBody.messages(body), messages))
})
