/** Replies whose body is hostile: compressed although nobody asked, invalid UTF-8, nested deeply, or far too long. */
import * as zlib from "node:zlib"
import {
  all,
  broken,
  codes,
  fine,
  head,
  inBody,
  json,
  lenient,
  list,
  malformed,
  type Scenario,
  success,
  unanswered,
  writes
} from "./HostileReply.ts"

const undecodable = inBody(malformed("Undecodable"))
const tooLarge = inBody(malformed("TooLarge"))

const encoders: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: (bytes) => zlib.zstdCompressSync(bytes)
}

/** 20 MB of spaces, encoded. Each takes a tenth of a second, so they are made once. */
const spaces = Buffer.alloc(20_000_000, " ")
const bombs = Object.fromEntries(Object.entries(encoders).map(([coding, encode]) => [coding, encode(spaces)]))

/** Further codings around a bomb: the first coding is the innermost. */
const bomb = (first: string, ...codings: ReadonlyArray<string>) =>
  json(
    codings.reduce((bytes, coding) => encoders[coding]?.(bytes) ?? bytes, bombs[first] ?? spaces),
    `content-encoding: ${[first, ...codings].join(", ")}`
  )

const undecodedBody = { 200: malformed("Undecodable") }
/** These transports do not undo content codings: the client reads the encoded bytes. */
const notDecoding = { undici: undecodedBody, "node:http": undecodedBody }

/** The network service of Chromium crashes and restarts. */
const crashed = { ...all(unanswered("Other")), spoilsOthers: true } as const

const tooManyCodings = `content-encoding: ${Array.from({ length: 100 }, () => "gzip").join(", ")}`

/** Brackets between two texts, up to 64 KiB in all. */
const deep = (before: string, after: string) => {
  const depth = Math.floor((65_536 - before.length - after.length) / 2)
  return before + "[".repeat(depth) + "]".repeat(depth) + after
}

export const bodies: ReadonlyArray<Scenario> = [
  ...Object.entries(encoders).flatMap(([coding, encode]): Array<Scenario> => [
    {
      name: `${coding}, although nobody asked for it`,
      answer: json(encode(Buffer.from(list)), `content-encoding: ${coding}`),
      expected: fine,
      on: notDecoding,
      keepsConnection: true
    },
    {
      name: `a bomb of ${coding}`,
      largeWith: 200,
      answer: bomb(coding),
      expected: tooLarge,
      on: notDecoding,
      keepsConnection: true
    },
    {
      name: `${coding} by its header alone`,
      answer: json(list, `content-encoding: ${coding}`),
      expected: undecodable,
      on: {
        undici: fine,
        "node:http": fine,
        // Chromium gives no reason, and reads `deflate` without the zlib format too.
        ...(coding === "deflate" ? {} : { browser: { 200: broken("Other") } })
      },
      keepsConnection: true
    },
    {
      name: `${coding}, cut off`,
      answer: json(encode(Buffer.from(list)).subarray(0, 20), `content-encoding: ${coding}`),
      expected: undecodable,
      keepsConnection: true
    }
  ]),
  ...[2, 5].map((depth): Scenario => ({
    name: `a bomb of gzip, ${depth} deep`,
    largeWith: 200,
    answer: bomb("gzip", ...Array.from({ length: depth - 1 }, () => "gzip")),
    expected: tooLarge,
    on: notDecoding,
    keepsConnection: true
  })),
  {
    name: "a bomb of br in gzip in deflate",
    largeWith: 200,
    answer: bomb("br", "gzip", "deflate"),
    expected: tooLarge,
    on: notDecoding,
    keepsConnection: true
  },
  {
    name: "gzip, 100 deep by its header",
    answer: json(list, tooManyCodings),
    expected: { ...all(unanswered("Other")), 204: success },
    on: { undici: fine, "node:http": fine, browser: crashed },
    keepsConnection: true
  },
  {
    name: "gzip, 100 deep by its header, and 10 MB",
    answer: json(Buffer.alloc(10_000_000), tooManyCodings),
    expected: { ...all(unanswered("Other")), 204: success },
    on: { undici: tooLarge, "node:http": tooLarge, browser: crashed },
    // Node's fetch has dropped the reply, and an abort would end the process: the server has to close the connection.
    keepsConnection: "fetch"
  },
  {
    name: "garbage after gzip",
    answer: json(Buffer.concat([zlib.gzipSync(list), Buffer.from("garbage")]), "content-encoding: gzip"),
    expected: undecodable,
    on: { browser: lenient },
    keepsConnection: true
  },
  {
    name: "an unknown coding",
    answer: json(list, "content-encoding: x-unknown"),
    expected: fine,
    keepsConnection: true
  },
  ...(
    [
      ["invalid UTF-8", '{"recovery_codes":["\xff\xfe"]}', "latin1"],
      ["a slash in two bytes", '{"recovery_codes":["\xc0\xaf"]}', "latin1"],
      ["a surrogate in UTF-8", '{"recovery_codes":["\xed\xa0\x80"]}', "latin1"],
      ["UTF-8 cut off", '{"recovery_codes":["a"]}\xe2\x82', "latin1"],
      ["UTF-16", `\ufeff${list}`, "utf16le"]
    ] as const
  ).map(([name, text, encoding]): Scenario => ({
    name,
    answer: json(Buffer.from(text, encoding)),
    expected: undecodable,
    keepsConnection: true
  })),
  {
    name: "a byte order mark",
    answer: json(`\ufeff${list}`),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "UTF-8 that is declared as UTF-16",
    answer: writes(
      (status) =>
        head(status, "content-type: application/json; charset=utf-16", `content-length: ${list.length}`) + list
    ),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "two content types",
    answer: json(list, "content-type: text/html"),
    expected: inBody({ ...malformed("ContentType"), outcome: "Unknown" }),
    // It reads the first one.
    on: { "node:http": fine },
    keepsConnection: true
  },
  {
    name: "a list nested as deep as 64 KiB can hold",
    largeWith: 200,
    answer: json(deep("", "")),
    expected: undecodable,
    keepsConnection: true
  },
  {
    name: "a code nested as deep",
    largeWith: 200,
    answer: json(deep('{"recovery_codes":[', "]}")),
    expected: undecodable,
    keepsConnection: true
  },
  {
    name: "an unknown property nested as deep",
    largeWith: 200,
    answer: json(deep('{"recovery_codes":["a"],"x":', "}")),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "64 KiB of brackets that never close",
    answer: json("[".repeat(65_536)),
    expected: undecodable,
    keepsConnection: true
  },
  {
    name: "10,000 codes",
    largeWith: 200,
    answer: json(JSON.stringify({ recovery_codes: Array.from({ length: 10_000 }, () => "a") })),
    expected: { ...fine, 200: codes(...Array.from({ length: 10_000 }, () => "a")) },
    keepsConnection: true
  },
  {
    name: "100,000 codes",
    largeWith: 200,
    answer: json(JSON.stringify({ recovery_codes: Array.from({ length: 100_000 }, () => "a") })),
    expected: tooLarge,
    // The whole body has arrived before the page reads the first piece.
    on: { browser: { keepsConnection: true } }
  },
  {
    name: "the same key twice",
    answer: json('{"recovery_codes":["x"],"recovery_codes":["a"]}'),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "a code that is half a character",
    answer: json('{"recovery_codes":["\\ud800"]}'),
    expected: { ...fine, 200: codes("\ud800") },
    keepsConnection: true
  },
  {
    name: "codes named like members of Object.prototype",
    answer: json('{"recovery_codes":["__proto__","constructor","toString"],"toString":1,"hasOwnProperty":1}'),
    expected: { ...fine, 200: codes("__proto__", "constructor", "toString") },
    keepsConnection: true
  },
  {
    name: "a list in a prototype",
    answer: json('{"__proto__":{"recovery_codes":["x"],"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    expected: { ...fine, 200: codes() },
    keepsConnection: true
  },
  ...[
    '{"recovery_codes":{"__proto__":[]}}',
    '{"recovery_codes":{"length":1,"0":"a"}}',
    '{"recovery_codes":[["a"]]}'
  ].map((text): Scenario => ({ name: text, answer: json(text), expected: undecodable, keepsConnection: true }))
]
