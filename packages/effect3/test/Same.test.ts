/**
 * Compares the failures of this client and of `@metal-otp/client`. Both get the same replies of `fetch`, and have to fail
 * with the same fields, message and messages.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { documented, observed } from "@metal-otp/core/Endpoint"
import * as Failure from "@metal-otp/core/Failure"
import { reasons } from "@metal-otp/core/TransportError"
import { InvalidSetting, Otp, OtpsClient, OtpSeed, OtpsError, RetryPolicy } from "@metal-otp/effect3"
import { Duration, Effect, Either, Redacted } from "effect"
import { afterEach, beforeEach, vi } from "vitest"
import { isOtpsFailure, makeOtps, type Otps, retryAfter } from "../../client/src/promise.ts"
import * as Theirs from "../../schema/src/OtpSeed.ts"
import { call, clientOf, hasBody, operations, otp, token } from "./support/operations.ts"

type Operation = (typeof operations)[number]
type Fetch = typeof globalThis.fetch

/** A failure, without its version of Effect. */
interface Plain {
  readonly fields: Record<string, unknown>
  readonly message: string
  readonly messages: unknown
}

const plain = (failure: object, retryAfter: number | undefined): Plain => ({
  fields: { ...failure, ...(retryAfter === undefined ? {} : { retryAfter }) },
  message: String(Reflect.get(failure, "message")),
  messages: Reflect.get(failure, "messages")
})

const baseUrl = "https://api.example/metal/v1"

interface Settings {
  readonly authToken?: string
  readonly baseUrl?: string
  readonly timeout?: number
}

const onEffect3 = (operation: Operation, fetch: Fetch, settings: Settings): Promise<Plain> =>
  clientOf({
    baseUrl,
    retryPolicy: RetryPolicy.none,
    ...settings,
    authToken: Redacted.make(settings.authToken ?? token)
  }).pipe(
    Effect.flatMap((client) => call[operation](client)),
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.Fetch, fetch),
    Effect.flip,
    Effect.map((failure) => {
      if (!OtpsError.is(failure) && !(failure instanceof InvalidSetting.InvalidSetting))
        return assert.fail("no failure")
      const after = "retryAfter" in failure ? failure.retryAfter : undefined
      return plain(failure, after && Duration.toMillis(after))
    }),
    Effect.runPromise
  )

const promised: Record<Operation, (otps: Otps) => Promise<unknown>> = {
  findRecoveryCodes: (otps) => otps.findRecoveryCodes(),
  regenerateCodes: (otps) => otps.regenerateCodes(),
  receiveCodes: (otps) => otps.receiveCodes(),
  findEnsureOtp: (otps) => otps.findEnsureOtp(otp),
  seedApp: (otps) => otps.seedApp(),
  enableTfaApp: (otps) => otps.enableTfaApp(otp),
  disableTfaApp: (otps) => otps.disableTfaApp(otp),
  enableTfaSms: (otps) => otps.enableTfaSms(otp),
  disableTfaSms: (otps) => otps.disableTfaSms(otp)
}

const onEffect4 = async (operation: Operation, fetch: Fetch, settings: Settings): Promise<Plain> => {
  try {
    await promised[operation](makeOtps({ baseUrl, authToken: token, retries: 0, ...settings, fetch }))
    return assert.fail("the call did not fail")
  } catch (failure) {
    if (!isOtpsFailure(failure)) throw failure
    return plain(failure, retryAfter(failure))
  }
}

/** The tag and the reason of a failure. */
const kindOf = ({ fields }: Plain) => [fields["_tag"], fields["reason"]].filter((part) => part !== undefined).join(" ")

/** The kinds of the failures so far. The last test compares them with all kinds. */
const met = new Set<string>()

/** Returns the failure of each client. */
const both = async (operation: Operation, fetch: () => Fetch, settings: Settings = {}) => {
  const ours = await onEffect3(operation, fetch(), settings)
  const theirs = await onEffect4(operation, fetch(), settings)
  met.add(kindOf(ours))
  return { ours, theirs }
}

const json = { "content-type": "application/json" }

const answering =
  (status: number, body: string | null, headers: HeadersInit = json) =>
  (): Fetch =>
  () =>
    Promise.resolve(new Response(status === 204 ? null : body, { status, headers }))

const failing =
  (code: string, syscall = "read") =>
  (): Fetch =>
  () =>
    Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error("failed"), { code, syscall }) }))

const message = '{"error":"no"}'

type Reply = readonly [body: string, headers: HeadersInit]

/** A reply without messages, and one that sets every field of a failure. */
const replies: ReadonlyArray<Reply> = [
  ["", json],
  [
    JSON.stringify({ error: "no", errors: ["no", "never", `bad ${token}`] }),
    { ...json, "retry-after": "3", "x-request-id": `id-${token}` }
  ]
]

/** Replies whose reading does not depend on the operation. */
const otherReplies: ReadonlyArray<Reply> = [
  [message, json],
  [JSON.stringify({ error: "no", errors: ["no", "never", `bad ${token}`] }), json],
  ['{"error":{},"errors":"no"}', json],
  ["<p>no</p>", json],
  [message, { ...json, "retry-after": "3", "x-request-id": `id-${token}` }],
  [message, { "retry-after": "soon", "x-request-id": "8f14e45f" }]
]

/** A status for each class of failure. */
const statuses = [...Object.values(documented).map(({ status }) => status), observed.FailedDependency.status, 429, 503]

/** Undocumented statuses. */
const otherStatuses = [201, 202, 206, 301, 304, 403, 408, 418, 460, 499, 501, 502, 504, 520, 599]

const breaking = (code: string) => (): Fetch => () => {
  const error = Object.assign(new Error("broken"), { code })
  const body = new ReadableStream({ start: (controller) => controller.error(error) })
  return Promise.resolve(new Response(body, { status: 200, headers: json }))
}

const throwing = (): Fetch => () => {
  throw new Error(token)
}

const hanging = (): Fetch => () => new Promise(() => {})

const hangingBody = (status: number) => (): Fetch => () =>
  Promise.resolve(new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), { status, headers: json }))

interface Case {
  readonly name: string
  readonly fetch: () => Fetch
  readonly settings?: Settings
}

const refusals = (replies: ReadonlyArray<Reply>): ReadonlyArray<Case> =>
  statuses.flatMap((status) =>
    replies.map(([body, headers]) => ({
      name: `${status} ${body} ${JSON.stringify(headers)}`,
      fetch: answering(status, body, headers)
    }))
  )

/** The cases of every operation. */
const commonCases: ReadonlyArray<Case> = [
  ...refusals(replies),
  ...otherStatuses.map((status) => ({
    name: String(status),
    fetch: answering(status, status === 304 ? null : message)
  })),
  ...[
    ["ECONNREFUSED", "connect"],
    ["ETIMEDOUT", "connect"],
    ["EMFILE", "connect"],
    ["ENOTFOUND", "getaddrinfo"],
    ["CERT_HAS_EXPIRED", "read"],
    ["EPROTO", "write"],
    ["ECONNRESET", "read"],
    ["EPIPE", "write"],
    ["UND_ERR_SOCKET", "read"],
    ["UND_ERR_HEADERS_TIMEOUT", "read"],
    ["ERR_PROXY_TUNNEL", "read"],
    [token, "read"],
    ["", "read"]
  ].map(([code = "", syscall]) => ({ name: `the error ${code} of ${syscall}`, fetch: failing(code, syscall) })),
  { name: "a transport that throws", fetch: throwing },
  { name: "a hang", fetch: hanging },
  { name: "a refusal whose body hangs", fetch: hangingBody(401) },
  ...[{ baseUrl: "http://api.example" }, { baseUrl: "nowhere" }, { authToken: "a\n" }, { timeout: 0 }].map(
    (settings) => ({
      name: JSON.stringify(settings),
      fetch: answering(204, null),
      settings
    })
  )
]

/** The cases of an operation whose success has a body. */
const bodyCases: ReadonlyArray<Case> = [
  ...(
    [
      ["HTML", "<p>", { "content-type": "text/html" }],
      ["no JSON", "{", json],
      ["another shape", '{"recovery_codes":[1],"otp_uri":1}', json],
      ["a list", "[]", json],
      ["no type and no JSON", "{", {}],
      ["more than is read", " ".repeat(70_000), json],
      ["more than is read, and an id", " ".repeat(70_000), { ...json, "x-request-id": "8f14e45f" }]
    ] as const
  ).map(([name, body, headers]) => ({ name: `200 with ${name}`, fetch: answering(200, body, headers) })),
  ...["ECONNRESET", "UND_ERR_SOCKET", "Z_DATA_ERROR"].map((code) => ({
    name: `200 whose body breaks off by ${code}`,
    fetch: breaking(code)
  })),
  { name: "200 whose body hangs", fetch: hangingBody(200) }
]

/** The operations for `otherReplies`. Together they document every status. */
const examples: ReadonlySet<Operation> = new Set(["findRecoveryCodes", "receiveCodes", "enableTfaApp"])

const cases = operations.flatMap((operation) =>
  [
    ...commonCases,
    ...(hasBody(operation) ? bodyCases : []),
    ...(examples.has(operation) ? refusals(otherReplies) : [])
  ].map((one) => [operation, one.name, one] as const)
)

describe("a call", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
  afterEach(() => void vi.useRealTimers())

  it.each(cases)("%s: %s", async (operation, _, { fetch, settings }) => {
    const failures = both(operation, fetch, settings)
    // The clients run one after the other, and each may wait for its deadline.
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.advanceTimersByTimeAsync(10_000)
    const { ours, theirs } = await failures
    assert.deepStrictEqual(ours, theirs)
  })
})

describe("without a request", () => {
  it.each(["", ".", "..", "x".repeat(65), "pässword", "12\u0000456", "\u202e123456"])("an OTP: %j", async (typed) => {
    const ours = await Effect.runPromise(Effect.flip(Otp.make(typed)))
    const otps = makeOtps({ baseUrl, authToken: token, fetch: answering(204, null)() })
    const theirs = await otps.findEnsureOtp(typed).catch((failure: object) => failure)
    met.add(kindOf(plain(ours, undefined)))
    assert.deepStrictEqual(plain(ours, undefined), plain(theirs ?? assert.fail("it did not fail"), undefined))
  })

  it.each([
    "",
    "otpauth:",
    "otpauth://hotp/a?secret=A",
    "otpauth://totp/a?secret=1",
    "otpauth://totp/a?secret=A&algorithm=MD5",
    "otpauth://totp/a?secret=A&digits=9",
    "otpauth://totp/a?secret=A&period=0"
  ])("a seed: %j", (uri) => {
    const ours = Either.getOrThrow(Either.flip(OtpSeed.parseKey(OtpSeed.make(uri))))
    const theirs = Theirs.parseKey(Theirs.make(uri))
    met.add(kindOf(plain(ours, undefined)))
    assert.deepStrictEqual(
      plain(ours, undefined),
      plain("failure" in theirs ? theirs.failure : assert.fail("it did not fail"), undefined)
    )
  })

  it.each([0, -1, Number.NaN])("an option of the call: a timeout of %d", async (timeout) => {
    const ours = await OtpsClient.make({ baseUrl, authToken: Redacted.make(token) }).pipe(
      Effect.flatMap((client) => Effect.flip(client.receiveCodes({ timeout }))),
      Effect.provide(FetchHttpClient.layer),
      Effect.runPromise
    )
    const otps = makeOtps({ baseUrl, authToken: token })
    const theirs = await otps.receiveCodes({ timeout }).catch((failure: object) => failure)
    met.add(kindOf(plain(ours, undefined)))
    assert.deepStrictEqual(plain(ours, undefined), plain(theirs ?? assert.fail("it did not fail"), undefined))
  })
})

it("the cases above have every kind of failure of this client", () => {
  const reasonsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
    MalformedResponse: Failure.malformedReasons,
    TransportFailure: reasons,
    CallRejected: ["InvalidOption"],
    InvalidOtp: Failure.otpReasons,
    InvalidOtpSeed: Failure.otpSeedReasons
  }
  const kinds = [...OtpsError.OtpsError.members.map(({ _tag }) => _tag), "InvalidSetting"].flatMap(
    (tag) => reasonsOf[tag]?.map((reason) => `${tag} ${reason}`) ?? [tag]
  )
  assert.sameMembers([...met], kinds)
})
