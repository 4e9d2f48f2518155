/** Replies whose head is hostile. */
import {
  all,
  drip,
  ends,
  type Differing,
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

/** A reply that is whole, with a head of its own. */
const whole = (start: number | string, ...headers: ReadonlyArray<string>) => jsonHead(start, ...headers, framed) + list

const unexpected = (status: number, outcome: "Applied" | "Unknown"): Expected => ({
  _tag: "UnexpectedStatus",
  status,
  outcome
})

/** What node:http makes of an upgrade that it did not ask for: a reply like any other. */
const switched = { "node:http": all({ _tag: "UnexpectedStatus", status: 101, outcome: "Unknown" }) } as const

/** What a browser makes of most that is broken: it does not say how. */
const unnamed = all(unanswered("Other"))

/** What a browser makes of a status that is none. */
const taken = (status: number): Differing => ({
  ...(status === 200 ? { ...fine, 204: unexpected(200, "Unknown") } : all(unexpected(status, "Unknown"))),
  whole: true
})

const informational = (status: number) => `HTTP/1.1 ${status} Wait\r\n\r\n`

export const heads: ReadonlyArray<Scenario> = [
  { name: "nothing", answer: () => {}, expected: all(unanswered("TimedOut")), hangs: "head" },
  {
    name: "closed at once",
    answer: ends(),
    expected: all(unanswered("ConnectionLost")),
    // The connection was used before, by the preflight.
    on: { browser: { ...unnamed, sends: 2 } }
  },
  {
    name: "10,000 headers",
    bulk: 200,
    answer: writes((status) => whole(status, ...Array.from({ length: 10_000 }, (_, i) => `x-${i}: ${i}`))),
    expected: all(unanswered("Other")),
    // It stops at 256 KiB.
    on: { browser: lenient }
  },
  {
    name: "1,500 headers that fit in 16 KiB",
    bulk: 200,
    answer: writes((status) => whole(status, ...Array.from({ length: 1_500 }, () => "x: 1"))),
    expected: fine,
    whole: true
  },
  {
    name: "a header of 1 MB",
    bulk: 200,
    answer: writes((status) => whole(status, `x: ${"y".repeat(1_000_000)}`)),
    expected: all(unanswered("Other"))
  },
  {
    name: "headers without end",
    bulk: 200,
    answer: (socket, status) => {
      socket.write(head(status).slice(0, -2))
      flood(socket, "x-header: value\r\n")
    },
    expected: all(unanswered("Other"))
  },
  {
    name: "one header without end",
    bulk: 200,
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
    bulk: 200,
    answer: (socket, final) => void socket.write(informational(100).repeat(10_000) + whole(final)),
    expected: all(unanswered("ConnectionLost")),
    on: { "node:http": fine, browser: lenient },
    whole: "node:http"
  },
  {
    name: "100 without end",
    bulk: 200,
    answer: (socket) => flood(socket, informational(100)),
    expected: all(unanswered("ConnectionLost")),
    on: { "node:http": all(unanswered("TimedOut")), browser: { ...all(unanswered("TimedOut")), spoils: true } },
    hangs: "head"
  },
  ...[102, 103].flatMap((status): Array<Scenario> => [
    {
      name: `10,000 times ${status} before the reply`,
      bulk: 200,
      answer: (socket, final) => void socket.write(informational(status).repeat(10_000) + whole(final)),
      expected: fine,
      whole: true
    },
    {
      name: `${status} without end`,
      bulk: 200,
      answer: (socket) => flood(socket, informational(status)),
      expected: all(unanswered("TimedOut")),
      on: { browser: { spoils: true } },
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
    on: { ...switched, browser: unnamed }
  },
  {
    name: "101 without a word of what to",
    answer: writes(() => head("HTTP/1.1 101 Switching Protocols")),
    expected: all(unanswered("Other")),
    on: { ...switched, browser: { ...all(unanswered("TimedOut")), hangs: "head" } },
    whole: "node:http"
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
    answer: writes((status) => whole(`HTTP/9.9 ${status} Something`)),
    expected: all(unanswered("Other")),
    on: { browser: lenient }
  },
  ...(
    [
      ["HTTP/1.1", taken(200)],
      ["HTTP/1.1 20", taken(20)],
      ["HTTP/1.1 2000 OK", { ...unnamed, whole: true }],
      ["HTTP/1.1 -200 OK", taken(200)]
    ] as const
  ).map(([start, browser]): Scenario => ({
    name: `the first line ${JSON.stringify(start)}`,
    answer: writes(() => whole(start)),
    same: true,
    expected: all(unanswered("Other")),
    on: { browser }
  })),
  {
    name: "HTTP/2.0 in the words of HTTP/1.1",
    answer: writes((status) => whole(`HTTP/2.0 ${status} Something`)),
    expected: fine,
    on: { browser: lenient }
  },
  ...["000", "099"].map((status): Scenario => ({
    name: `status ${status}`,
    answer: writes(() => whole(`HTTP/1.1 ${status} Something`)),
    expected: all(unanswered("Other")),
    on: {
      "node:http": all({ _tag: "UnexpectedStatus", status: Number(status), outcome: "Unknown" }),
      browser: taken(Number(status))
    },
    same: true,
    whole: "node:http"
  })),
  ...[600, 999].map((status): Scenario => ({
    name: `status ${status}`,
    answer: writes(() => whole(status)),
    expected: all({ _tag: "UnexpectedStatus", status, outcome: "Unknown" }),
    whole: true
  })),
  {
    name: "a redirect to itself",
    answer: writes(() => head(302, "location: ?again", "content-length: 0")),
    same: true,
    expected: all(unexpected(302, "Unknown")),
    on: { browser: all(unexpected(0, "Unknown")) },
    whole: true
  },
  {
    name: "HTTP/1.0",
    answer: ends((status) => whole(`HTTP/1.0 ${status} Something`)),
    expected: fine
  },
  {
    name: "no reason phrase",
    answer: writes((status) => whole(`HTTP/1.1 ${status}`)),
    expected: fine,
    whole: true
  },
  {
    name: "a reason phrase with terminal escapes",
    answer: writes((status) => whole(`HTTP/1.1 ${status} \x1b[31mred\x1b[0m \x9b31m`)),
    expected: fine,
    whole: true
  },
  {
    name: "a reason phrase of 1 MB",
    bulk: 200,
    answer: writes((status) => whole(`HTTP/1.1 ${status} ${"x".repeat(1_000_000)}`)),
    expected: fine,
    on: { "node:http": all(unanswered("Other")), browser: unnamed },
    whole: true
  },
  {
    name: "a reason phrase without end",
    bulk: 200,
    answer: (socket, status) => {
      socket.write(`HTTP/1.1 ${status} `)
      flood(socket, "x")
    },
    expected: all(unanswered("TimedOut")),
    on: { "node:http": all(unanswered("Other")), browser: unnamed },
    hangs: "head"
  },
  {
    name: "lines that end with a bare line feed",
    answer: writes((status) => whole(status).replaceAll("\r\n", "\n")),
    expected: all(unanswered("Other")),
    on: { browser: lenient }
  },
  {
    name: "a header with a NUL",
    answer: writes((status) => whole(status, "x: a\0b")),
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
    answer: writes((status) => whole(status, `${header}`)),
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
    whole: true
  },
  {
    name: "closed in the first line",
    answer: ends(() => "HTTP/1.1 20"),
    same: true,
    expected: all(unanswered("ConnectionLost")),
    on: { browser: unnamed }
  },
  ...[
    ["in a header", "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-ty"],
    ["before the end of the head", "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\n"]
  ].map(([where, text]): Scenario => ({
    name: `closed ${where}`,
    answer: ends(() => `${text}`),
    same: true,
    expected: all(unanswered("ConnectionLost")),
    // Over TLS it would be a failure. Without a content type, nothing says that the API has answered.
    on: { browser: { ...taken(200), 200: { ...malformed("Undecodable"), outcome: "Unknown" } } }
  }))
]
