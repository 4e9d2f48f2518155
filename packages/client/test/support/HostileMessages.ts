/** Refusals with hostile messages. */
import { Duration } from "effect"
import { all, codes, head, json, refused, type Scenario, success, writes } from "./HostileReply.ts"

const scenario = (name: string, body: string, said: object): Scenario => ({
  name,
  ...(body.length > 32_768 ? { largeWith: 401 } : {}),
  answer: json(body),
  // A success ignores unknown properties.
  expected: { 200: codes(), 204: success, 401: { ...refused, ...said } },
  keepsConnection: true
})

const said = (error: string) => `{"error":${JSON.stringify(error)}}`

const long = (character: string) => `${character.repeat(497)}...`

export const messages: ReadonlyArray<Scenario> = [
  scenario("a message of 60 KB", said("x".repeat(60_000)), { error: long("x") }),
  scenario("20 messages of 3 KB", JSON.stringify({ errors: Array.from({ length: 20 }, () => "x".repeat(3_000)) }), {
    errors: Array.from({ length: 10 }, () => long("x"))
  }),
  scenario("a message, and 20 more", JSON.stringify({ error: "a", errors: Array.from({ length: 20 }, () => "") }), {
    error: "a",
    errors: Array.from({ length: 9 }, () => "")
  }),
  scenario("20,000 messages", JSON.stringify({ errors: Array.from({ length: 20_000 }, () => "") }), {
    errors: Array.from({ length: 10 }, () => "")
  }),
  scenario("escapes of terminals", said("\u001b[31mred\u001b]0;title\u0007\u009b2J\u009d0;title\u009c"), {
    error: " [31mred ]0;title 2J 0;title "
  }),
  scenario("lines of a log", said("a\r\nERROR root logged in\u2028b\u2029c\u0085d"), {
    error: "a ERROR root logged in b c d"
  }),
  scenario("text that changes its direction", said("\u202egnp.exe\u202c \u2066a\u2069 \u200f\u061cb"), {
    error: " gnp.exe   a   b"
  }),
  scenario("invisible characters", said("a\u200bb\u200dc\ufeffd\u00ade\u{e0041}f"), {
    error: "a b c d e f"
  }),
  scenario("halves of characters", '{"error":"a\\ud800b\\udc00c\\ud83d"}', { error: "a b c " }),
  scenario("a surrogate pair at the limit", said(`${"x".repeat(496)}\u{1f600}${"y".repeat(4)}`), {
    error: `${"x".repeat(496)}\u{1f600}...`
  }),
  scenario("a NUL", '{"error":"a\\u0000b"}', { error: "a b" }),
  scenario(
    "messages named like members of Object.prototype",
    '{"error":"__proto__","errors":["constructor","toString","hasOwnProperty"]}',
    { error: "__proto__", errors: ["constructor", "toString", "hasOwnProperty"] }
  ),
  scenario(
    "keys of Object.prototype",
    '{"__proto__":{"error":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x","message":"x","stack":"x","outcome":"Applied","_tag":"x"}',
    {}
  ),
  scenario("messages that are an object", '{"errors":{"length":3,"0":"x","__proto__":[]}}', {}),
  scenario("messages nested as deep as 64 KiB can hold", `{"errors":${"[".repeat(32_000)}${"]".repeat(32_000)}}`, {}),
  scenario("the same key twice", '{"error":"x","error":"a"}', { error: "a" }),
  ...([429, 503] as const).map((status): Scenario => ({
    name: `${status} with a Retry-After of 10,000 digits`,
    answer: writes(() =>
      head(
        status,
        `retry-after: ${"9".repeat(10_000)}`,
        "access-control-expose-headers: retry-after",
        "content-length: 0"
      )
    ),
    expected: all({
      ...(status === 429
        ? { _tag: "RateLimited", outcome: "NotApplied" }
        : { _tag: "UnexpectedStatus", outcome: "Unknown" }),
      status,
      retryAfter: Duration.millis(Number.MAX_SAFE_INTEGER)
    }),
    keepsConnection: true
  }))
]
