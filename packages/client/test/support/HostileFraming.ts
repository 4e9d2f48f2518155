/** Replies with a wrong or missing length. */
import {
  all,
  broken,
  codes,
  type Deviation,
  drip,
  ends,
  fine,
  flood,
  head,
  inBody,
  jsonHead,
  lenient,
  list,
  malformed,
  type Scenario,
  type Status,
  unanswered,
  writes
} from "./HostileReply.ts"

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const chunkedHead = (status: Status) => jsonHead(status, "transfer-encoding: chunked")

/** node:http reports bad framing of a body as a lost connection. */
const lost = { "node:http": { 200: broken("ConnectionLost") } } as const

/** A browser gives no reason. */
const withoutReason = { browser: { 200: broken("Other") } } as const

/** A browser ignores the length, and reads until the connection ends. */
const endless = { browser: { ...inBody(broken("TimedOut")), hangs: "body" } } as const

/** A reply without a request, which a client could take for the reply to its next one. */
const unrequestedReply = head(401, "content-length: 0")

const reply = (status: Status) =>
  status === 204 ? head(status) : jsonHead(status, `content-length: ${list.length}`) + list

/** Heads with an invalid length. */
const lengths: ReadonlyArray<readonly [name: string, ...headers: Array<string>]> = [
  ["a negative length", "content-length: -1"],
  ["a length with a sign", `content-length: +${list.length}`],
  ["a length in hex", "content-length: 0x18"],
  ["a length that is no number", "content-length: all"],
  ["an empty length", "content-length:"]
]

/** Heads whose length undici reports as different from the body. */
const otherLengths: ReadonlyArray<readonly [name: string, browser: Deviation, ...headers: Array<string>]> = [
  ["a length above 64 bits", endless.browser, "content-length: 99999999999999999999999999"],
  ["two lengths in one header", lenient, `content-length: ${list.length}, ${list.length}`],
  ["two headers with different lengths", {}, `content-length: ${list.length}`, "content-length: 2"],
  ["two headers with the same length", lenient, `content-length: ${list.length}`, `content-length: ${list.length}`]
]

const mismatched = all(unanswered("ConnectionLost"))
const byUndici = { fetch: mismatched, undici: mismatched } as const

export const framing: ReadonlyArray<Scenario> = [
  ...otherLengths.map(([name, browser, ...headers]): Scenario => ({
    name,
    answer: writes((status) => jsonHead(status, ...headers) + list),
    expected: all(unanswered("Other")),
    on: { ...byUndici, browser }
  })),
  ...lengths.map(([name, ...headers]): Scenario => ({
    name,
    answer: writes((status) => jsonHead(status, ...headers) + list),
    expected: all(unanswered("Other")),
    on: endless
  })),
  {
    name: "a length above what comes, and the end",
    answer: ends((status) => jsonHead(status, "content-length: 1000") + list),
    expected: inBody(broken("ConnectionLost")),
    on: withoutReason
  },
  {
    name: "a length above what comes, and no end",
    answer: writes((status) => jsonHead(status, "content-length: 1000") + list),
    expected: inBody(broken("TimedOut")),
    hangs: "body"
  },
  {
    name: "a length below what comes",
    answer: writes((status) => jsonHead(status, "content-length: 2") + "{}" + list),
    expected: { ...fine, 200: codes() }
  },
  {
    name: "a length and chunks",
    answer: writes(
      (status) => jsonHead(status, "content-length: 3", "transfer-encoding: chunked") + chunk(list) + chunk("")
    ),
    expected: all(unanswered("Other")),
    on: { ...byUndici, browser: lenient }
  },
  ...["gzip, chunked", "chunked, chunked"].map((coding): Scenario => ({
    name: `transfer-encoding: ${coding}`,
    answer: writes((status) => jsonHead(status, `transfer-encoding: ${coding}`) + chunk(list) + chunk("")),
    expected: fine,
    keepsConnection: true
  })),
  // RFC 9112 6.3: chunked is not the last coding, so the body ends with the connection.
  ...(
    [
      // A browser accepts chunked in any place.
      ["chunked, identity", lenient],
      ["xchunked", {}],
      ["identity", {}]
    ] as const
  ).map(([coding, browser]): Scenario => ({
    name: `transfer-encoding: ${coding}`,
    answer: writes((status) => jsonHead(status, `transfer-encoding: ${coding}`) + chunk(list) + chunk("")),
    expected: inBody(broken("TimedOut")),
    on: { browser },
    hangs: "body"
  })),
  {
    name: "no length: the body ends with the connection",
    answer: ends((status) => jsonHead(status) + list),
    expected: fine
  },
  {
    name: "a second reply along with the first",
    answer: writes((status) => reply(status) + unrequestedReply),
    expected: fine
  },
  {
    name: "a second reply shortly after the first",
    answer: (socket, status) =>
      void socket.write(reply(status), () => setImmediate(() => socket.write(unrequestedReply))),
    expected: fine,
    // Chromium does not check for unexpected data on a connection that it used a moment ago.
    on: { browser: { spoilsOthers: true } }
  },
  {
    name: "205 with a body",
    answer: writes(() => jsonHead(205, `content-length: ${list.length}`) + list),
    expected: all({ _tag: "UnexpectedStatus", status: 205, outcome: "Unknown" }),
    keepsConnection: true
  },
  {
    name: "304 with a body",
    answer: writes(() => jsonHead(304, `content-length: ${list.length}`) + list),
    expected: all({ _tag: "UnexpectedStatus", status: 304, outcome: "Unknown" })
  },
  {
    name: "10 MB",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(jsonHead(status, "content-length: 10000000"))
      socket.write(Buffer.alloc(10_000_000, " "))
    },
    expected: inBody(malformed("TooLarge"))
  },
  {
    name: "10 MB in chunks",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(chunkedHead(status))
      socket.write(chunk(" ".repeat(10_000)).repeat(1_000) + chunk(""))
    },
    expected: inBody(malformed("TooLarge"))
  },
  ...[
    ["chunks of one byte without end", chunk(" ")],
    ["chunks of 64 KiB without end", chunk(" ".repeat(65_536))]
  ].map(([name, text]): Scenario => ({
    name: `${name}`,
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(chunkedHead(status))
      flood(socket, `${text}`)
    },
    expected: inBody(malformed("TooLarge"))
  })),
  {
    name: "one chunk without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(`${chunkedHead(status)}7fffffff\r\n`)
      flood(socket, " ")
    },
    expected: inBody(malformed("TooLarge"))
  },
  {
    name: "a body without a length and without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(jsonHead(status))
      flood(socket, " ")
    },
    expected: inBody(malformed("TooLarge"))
  },
  {
    name: "a body that comes byte by byte",
    answer: (socket, status) => {
      socket.write(jsonHead(status, "content-length: 10000000"))
      drip(socket, " ")
    },
    expected: inBody(broken("TimedOut")),
    hangs: "body"
  },
  {
    name: "a chunk extension without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(`${chunkedHead(status)}1;x=`)
      flood(socket, "y")
    },
    expected: inBody(broken("TimedOut")),
    on: { ...lost, ...withoutReason },
    hangs: "body"
  },
  {
    name: "chunks with extensions without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(chunkedHead(status))
      flood(socket, `1${";x=y".repeat(20)}\r\n \r\n`)
    },
    expected: inBody(malformed("TooLarge"))
  },
  {
    name: "trailers without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(`${chunkedHead(status)}${chunk(list)}0\r\n`)
      flood(socket, "x-trailer: value\r\n")
    },
    expected: inBody(broken("Other")),
    on: { ...lost, browser: { 200: broken("TimedOut"), hangs: "body", spoilsOthers: true } }
  },
  ...["-1", "zz", "", "ffffffffffffffffff"].map((size): Scenario => ({
    name: `a chunk of size ${JSON.stringify(size)}`,
    answer: writes((status) => `${chunkedHead(status)}${size}\r\n${list}\r\n`),
    expected: inBody(broken("Other")),
    on: lost
  })),
  {
    name: "a chunk longer than its size",
    answer: writes((status) => `${chunkedHead(status)}2\r\n${list}\r\n${chunk("")}`),
    expected: inBody(broken("Other")),
    on: lost
  },
  ...[
    ["in the size of a chunk", "1"],
    ["in a chunk", "ff\r\n{"],
    ["before the last chunk", chunk(list)],
    ["before the end of the last chunk", `${chunk(list)}0\r\n`]
  ].map(([where, text]): Scenario => ({
    name: `closed ${where}`,
    answer: ends((status) => `${chunkedHead(status)}${text}`),
    expected: inBody(broken("ConnectionLost")),
    on: withoutReason
  }))
]
