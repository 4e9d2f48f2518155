/** Replies whose head is hostile. */
import {
  all,
  drip,
  ends,
  type Deviation,
  type Expected,
  fine,
  flood,
  head,
  json,
  jsonHead,
  lenient,
  list,
  malformed,
  type Scenario,
  unanswered,
  writes
} from "./HostileReply.ts"

const framed = `content-length: ${list.length}`

/** A complete reply with further headers. */
const completeReply = (start: number | string, ...headers: ReadonlyArray<string>) =>
  jsonHead(start, ...headers, framed) + list

const unexpected = (status: number, outcome: "Applied" | "Unknown"): Expected => ({
  _tag: "UnexpectedStatus",
  status,
  outcome
})

/** node:http takes an upgrade that it did not ask for as a reply. */
const switched = { "node:http": all({ _tag: "UnexpectedStatus", status: 101, outcome: "Unknown" }) } as const

/** A browser gives no reason. */
const withoutReason = all(unanswered("Other"))

/** A browser accepts an invalid status. */
const accepted = (status: number): Deviation => ({
  ...(status === 200 ? { ...fine, 204: unexpected(200, "Unknown") } : all(unexpected(status, "Unknown"))),
  keepsConnection: true
})

const informational = (status: number) => `HTTP/1.1 ${status} Wait\r\n\r\n`

export const heads: ReadonlyArray<Scenario> = [
  { name: "nothing", answer: () => {}, expected: all(unanswered("TimedOut")), hangs: "head" },
  {
    name: "closed at once",
    answer: ends(),
    expected: all(unanswered("ConnectionLost")),
    // The preflight has used the connection before.
    on: { browser: { ...withoutReason, requests: 2 } }
  },
  {
    name: "10,000 headers",
    largeWith: 200,
    answer: writes((status) => completeReply(status, ...Array.from({ length: 10_000 }, (_, i) => `x-${i}: ${i}`))),
    expected: all(unanswered("Other")),
    // The limit of Chromium is 256 KiB.
    on: { browser: lenient }
  },
  {
    name: "1,500 headers that fit in 16 KiB",
    largeWith: 200,
    answer: writes((status) => completeReply(status, ...Array.from({ length: 1_500 }, () => "x: 1"))),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "a header of 1 MB",
    largeWith: 200,
    answer: writes((status) => completeReply(status, `x: ${"y".repeat(1_000_000)}`)),
    expected: all(unanswered("Other"))
  },
  {
    name: "headers without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(head(status).slice(0, -2))
      flood(socket, "x-header: value\r\n")
    },
    expected: all(unanswered("Other"))
  },
  {
    name: "one header without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(`${head(status).slice(0, -2)}x: `)
      flood(socket, "y")
    },
    expected: all(unanswered("Other"))
  },
  {
    name: "a head that comes byte by byte",
    answer: (socket, status) => drip(socket, `${head(status).slice(0, -2)}x`),
    expected: all(unanswered("TimedOut")),
    hangs: "head"
  },
  {
    name: "10,000 times 100 before the reply",
    largeWith: 200,
    answer: (socket, final) => void socket.write(informational(100).repeat(10_000) + completeReply(final)),
    expected: all(unanswered("ConnectionLost")),
    on: { "node:http": fine, browser: lenient },
    keepsConnection: "node:http"
  },
  {
    name: "100 without end",
    largeWith: 200,
    answer: (socket) => flood(socket, informational(100)),
    expected: all(unanswered("ConnectionLost")),
    on: { "node:http": all(unanswered("TimedOut")), browser: { ...all(unanswered("TimedOut")), spoilsOthers: true } },
    hangs: "head"
  },
  ...[102, 103].flatMap((status): Array<Scenario> => [
    {
      name: `10,000 times ${status} before the reply`,
      largeWith: 200,
      answer: (socket, final) => void socket.write(informational(status).repeat(10_000) + completeReply(final)),
      expected: fine,
      keepsConnection: true
    },
    {
      name: `${status} without end`,
      largeWith: 200,
      answer: (socket) => flood(socket, informational(status)),
      expected: all(unanswered("TimedOut")),
      on: { browser: { spoilsOthers: true } },
      hangs: "head"
    }
  ]),
  {
    name: "101, and another protocol",
    answer: writes(
      () => head("HTTP/1.1 101 Switching Protocols", "connection: upgrade", "upgrade: websocket"),
      () => "\x81\x05hello"
    ),
    expected: all(unanswered("ConnectionLost")),
    on: { ...switched, browser: withoutReason }
  },
  {
    name: "101 without an Upgrade header",
    answer: writes(() => head("HTTP/1.1 101 Switching Protocols")),
    expected: all(unanswered("Other")),
    on: { ...switched, browser: { ...all(unanswered("TimedOut")), hangs: "head" } },
    keepsConnection: "node:http"
  },
  {
    name: "HTTP/0.9: a body without a head",
    answer: ends(() => "<p>hello</p>\r\n"),
    expected: all(unanswered("Other"))
  },
  {
    name: "the preface of HTTP/2",
    answer: writes(() => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    expected: all(unanswered("Other"))
  },
  {
    name: "HTTP/9.9",
    answer: writes((status) => completeReply(`HTTP/9.9 ${status} Something`)),
    expected: all(unanswered("Other")),
    on: { browser: lenient }
  },
  ...(
    [
      ["HTTP/1.1", accepted(200)],
      ["HTTP/1.1 20", accepted(20)],
      ["HTTP/1.1 2000 OK", { ...withoutReason, keepsConnection: true }],
      ["HTTP/1.1 -200 OK", accepted(200)]
    ] as const
  ).map(([start, browser]): Scenario => ({
    name: `the first line ${JSON.stringify(start)}`,
    answer: writes(() => completeReply(start)),
    ignoresStatus: true,
    expected: all(unanswered("Other")),
    on: { browser }
  })),
  {
    name: "HTTP/2.0 in a status line",
    answer: writes((status) => completeReply(`HTTP/2.0 ${status} Something`)),
    expected: fine,
    on: { browser: lenient }
  },
  ...["000", "099"].map((status): Scenario => ({
    name: `status ${status}`,
    answer: writes(() => completeReply(`HTTP/1.1 ${status} Something`)),
    expected: all(unanswered("Other")),
    on: {
      "node:http": all({ _tag: "UnexpectedStatus", status: Number(status), outcome: "Unknown" }),
      browser: accepted(Number(status))
    },
    ignoresStatus: true,
    keepsConnection: "node:http"
  })),
  ...[600, 999].map((status): Scenario => ({
    name: `status ${status}`,
    answer: writes(() => completeReply(status)),
    expected: all({ _tag: "UnexpectedStatus", status, outcome: "Unknown" }),
    keepsConnection: true
  })),
  {
    name: "a redirect to itself",
    answer: writes(() => head(302, "location: ?again", "content-length: 0")),
    ignoresStatus: true,
    expected: all(unexpected(302, "Unknown")),
    on: { browser: all(unexpected(0, "Unknown")) },
    keepsConnection: true
  },
  {
    name: "HTTP/1.0",
    answer: ends((status) => completeReply(`HTTP/1.0 ${status} Something`)),
    expected: fine
  },
  {
    name: "no reason phrase",
    answer: writes((status) => completeReply(`HTTP/1.1 ${status}`)),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "a reason phrase with terminal escapes",
    answer: writes((status) => completeReply(`HTTP/1.1 ${status} \x1b[31mred\x1b[0m \x9b31m`)),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "a reason phrase of 1 MB",
    largeWith: 200,
    answer: writes((status) => completeReply(`HTTP/1.1 ${status} ${"x".repeat(1_000_000)}`)),
    expected: fine,
    on: { "node:http": all(unanswered("Other")), browser: withoutReason },
    keepsConnection: true
  },
  {
    name: "a reason phrase without end",
    largeWith: 200,
    answer: (socket, status) => {
      socket.write(`HTTP/1.1 ${status} `)
      flood(socket, "x")
    },
    expected: all(unanswered("TimedOut")),
    on: { "node:http": all(unanswered("Other")), browser: withoutReason },
    hangs: "head"
  },
  {
    name: "lines that end with a bare line feed",
    answer: writes((status) => completeReply(status).replaceAll("\r\n", "\n")),
    expected: all(unanswered("Other")),
    on: { browser: lenient }
  },
  {
    name: "a header with a NUL",
    answer: writes((status) => completeReply(status, "x: a\0b")),
    expected: all(unanswered("Other"))
  },
  ...[
    ["a header with a bare carriage return", "x: a\rb"],
    ["a header without a name", ": a"],
    ["a header without a colon", "x"],
    ["a space before the colon", "x : a"],
    ["a header folded into two lines", "x: a\r\n b"]
  ].map(([name, header]): Scenario => ({
    name: `${name}`,
    answer: writes((status) => completeReply(status, `${header}`)),
    expected: all(unanswered("Other")),
    on: { browser: lenient }
  })),
  {
    name: "headers named like members of Object.prototype",
    answer: json(
      list,
      "__proto__: polluted",
      "constructor: polluted",
      "toString: polluted",
      "hasOwnProperty: polluted"
    ),
    expected: fine,
    keepsConnection: true
  },
  {
    name: "closed in the first line",
    answer: ends(() => "HTTP/1.1 20"),
    ignoresStatus: true,
    expected: all(unanswered("ConnectionLost")),
    on: { browser: withoutReason }
  },
  ...[
    ["in a header", "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-ty"],
    ["before the end of the head", "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\n"]
  ].map(([where, text]): Scenario => ({
    name: `closed ${where}`,
    answer: ends(() => `${text}`),
    ignoresStatus: true,
    expected: all(unanswered("ConnectionLost")),
    // Over TLS, Chromium would fail. Without a content type, nothing shows that the API has answered.
    on: { browser: { ...accepted(200), 200: { ...malformed("Undecodable"), outcome: "Unknown" } } }
  }))
]
