import { assert, describe, it } from "@effect/vitest"
import { Body } from "@metal-otp/core"
import { Arbitrary, Schema } from "effect"

describe("isJson", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    " Application/JSON ",
    "application/problem+json",
    "application/vnd.api+json; v=1"
  ])("accepts %j", (type) => assert.isTrue(Body.isJson(type)))

  it.each([
    undefined,
    "",
    "text/json",
    "text/html",
    "application/jsonp",
    "application/json-seq",
    "application/x; a=application/json",
    "application/a b+json",
    "application/+json",
    "text/html, application/json"
  ])("refuses %j", (type) => assert.isFalse(Body.isJson(type)))
})

describe("lengthOf", () => {
  it.each([
    [{ "content-length": "0" }, 0],
    [{ "content-length": "12" }, 12],
    [{}, Infinity],
    [{ "content-length": "-1" }, Infinity],
    [{ "content-length": "1e3" }, Infinity],
    [{ "content-length": "1, 1" }, Infinity],
    [{ "content-length": "" }, Infinity],
    [{ "content-length": "12", "content-encoding": "gzip" }, Infinity],
    [{ "content-length": "12", "transfer-encoding": "chunked" }, Infinity],
    [{ "content-encoding": "gzip" }, Infinity]
  ])("of %j is %d", (headers, length) => assert.strictEqual(Body.lengthOf(headers), length))

  it("uses the default for a missing content-length, unless the body has another length", () => {
    assert.strictEqual(Body.lengthOf({}, 0), 0)
    assert.strictEqual(Body.lengthOf({ "transfer-encoding": "chunked" }, 0), Infinity)
    assert.strictEqual(Body.lengthOf({ "content-length": "x" }, 0), Infinity)
  })
})

const chunks = Arbitrary.array(
  Arbitrary.map(
    Arbitrary.schema(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))),
    (bytes) => Uint8Array.from(bytes)
  ),
  { maxLength: 8 }
)

describe("collector", () => {
  it.prop("joins all chunks, and says when they exceed the bound", [chunks], ([chunks]) => {
    const all = chunks.flatMap((chunk) => [...chunk])
    for (const max of [0, all.length - 1, all.length, Infinity]) {
      const collector = Body.collector(max)
      let size = 0
      for (const chunk of chunks) {
        size += chunk.byteLength
        assert.strictEqual(collector.add(chunk), size <= max)
      }
      assert.deepStrictEqual([...collector.bytes()], all)
    }
  })

  it("stays above its bound after an empty chunk", () => {
    const collector = Body.collector(1)
    assert.isTrue(collector.add(Uint8Array.of(1)))
    assert.isFalse(collector.add(Uint8Array.of(2)))
    assert.isFalse(collector.add(Uint8Array.of()))
  })
})

describe("parseJson", () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  it.each(["null", "1", '"é"', "[]", '{"a":[1,{"b":"\u{1f600}"}]}'])("parses %s", (text) =>
    assert.deepStrictEqual(Body.parseJson(bytes(text)), JSON.parse(text))
  )

  it.each(["", "{", "undefined", "{'a':1}", "[1,]", "s3cret"])("returns undefined for %j", (text) =>
    assert.isUndefined(Body.parseJson(bytes(text)))
  )

  it("returns undefined for bytes that are not UTF-8", () => {
    assert.isUndefined(Body.parseJson(Uint8Array.of(0x22, 0xff, 0x22)))
    assert.isUndefined(Body.parseJson(Uint8Array.of(0x22, 0xe9, 0x22)))
    assert.isUndefined(Body.parseJson(Uint8Array.of(0xff, 0xfe, 0x31, 0)))
  })
})
