/** Replies and errors of a transport that contain every secret, and calls that get them. */
import { assert } from "@effect/vitest"
import { RetryPolicy } from "@metal-otp/client"
import { AuthToken, Endpoint, type Operation, Otp, type OtpsError, RecoveryCodeList } from "@metal-otp/schema"
import { Array, Effect, Redacted, Result, Schedule } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { canaries } from "./Canaries.ts"
import { transportError } from "./Failing.ts"
import { callsWith, clientOf as clientOfToken, operations } from "./operations.ts"
import { type OtpsClient, OtpsClients } from "./Subject.ts"

export const authToken = Redacted.make(canaries.token)

const callToken = Result.getOrThrow(AuthToken.parse(canaries.callToken))

/** A client with its own token, and with it the client of a user, both with the same options. */
export interface Client extends OtpsClients.UserClient {
  readonly user: OtpsClients.UserClient
}

/** Makes both clients. */
export const clientWithUser = Effect.fnUntraced(function* ({ authToken: source, ...options }: OtpsClient.Options) {
  const client = yield* clientOfToken({ authToken: source, ...options })
  const clients = yield* OtpsClients.make(options)
  const withUser: Client = { ...client, user: clients.forUser(callToken) }
  return withUser
})

type Call = (client: Client) => Effect.Effect<unknown, OtpsError.OtpsError>

/** A call of each operation, some with a user's token, and calls of the functions that combine operations. */
export const calls: { readonly [O in Operation.Operation]: Call } & Readonly<Record<string, Call>> = {
  ...callsWith(Otp.make(canaries.otp)),
  regenerateCodes: (client) => client.user.regenerateCodes(),
  "findEnsureOtp of a user": (client) =>
    Effect.flatMap(Otp.make(canaries.otp), (otp) => client.user.findEnsureOtp(otp)),
  regenerateCodesConfirmed: (client) => client.user.regenerateCodesConfirmed(),
  confirmRegenerateCodes: (client) =>
    client.confirmRegenerateCodes(RecoveryCodeList.make([canaries.otp, canaries.code]))
}

export type Answer = Parameters<typeof HttpClient.make>[0]

/** Makes a client with the canary as its token, and one retry by default, on a transport that answers with `answer`. */
export const clientOf = (answer: Answer, options?: Partial<OtpsClient.Options>) =>
  clientWithUser({
    authToken,
    baseUrl: "https://api.example/metal/v1",
    retryPolicy: RetryPolicy.fromSchedule(Schedule.recurs(1)),
    ...options
  }).pipe(Effect.provideService(HttpClient.HttpClient, HttpClient.make(answer)))

/** Never answers. */
export const hang: Answer = () => Effect.never

const json = { "content-type": "application/json" }

export const respond =
  (status: number, body: BodyInit | null | (() => BodyInit), headers: HeadersInit = json): Answer =>
  (request) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(request, new Response(typeof body === "function" ? body() : body, { status, headers }))
    )

/** All canaries. */
export const everything = Object.values(canaries).join(" ")
const codes = JSON.stringify({ recovery_codes: [canaries.code, canaries.otp] })

/** A secret in the encodings that servers may echo it in. */
export const echoes = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret),
  JSON.stringify(JSON.stringify(secret)),
  new URLSearchParams({ q: secret }).toString(),
  ...["", "a", "ab"].map((before) => btoa(`${before}${secret}!`)),
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64url"),
  btoa(encodeURIComponent(secret)),
  btoa(JSON.stringify(secret)),
  secret.toUpperCase(),
  `${secret}, ${secret}`
]

/** Answers with all secrets of the request, in all those encodings, three to a message. */
const echo =
  (status: number): Answer =>
  (request, url, ...rest) => {
    const otp = url.pathname.includes("/verify/") || request.headers["x-otp-token"] !== undefined ? [canaries.otp] : []
    const sent = [request.headers["x-auth-token"] ?? assert.fail("no token"), ...otp]
    const [error, ...errors] = Array.chunksOf(sent.flatMap(echoes), 3).map((said) => said.join(" "))
    assert.isAtMost(errors.length, 10)
    const headers = { ...json, "retry-after": "1", "x-echo": encodeURIComponent(everything) }
    return respond(status, JSON.stringify({ error, errors }), headers)(request, url, ...rest)
  }

const documented = operations.flatMap((operation) => Array.fromIterable(Endpoint.failures(operation).keys()))

const statuses = [
  ...new Set([...documented, 201, 202, 300, 301, 303, 307, 308, 403, 408, 418, 429, 500, 502, 503, 504, 599])
]

/** System error codes: one for each reason, one that is a secret, and an empty one. */
const systemCodes = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "CERT_HAS_EXPIRED",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "EHOSTUNREACH",
  "ECONNRESET",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "Z_DATA_ERROR",
  "ERR_PROXY_TUNNEL",
  canaries.token,
  ""
]

/** A body that fails after these pieces. */
const broken =
  (...chunks: ReadonlyArray<string>) =>
  () => {
    const left = chunks.map((chunk) => new TextEncoder().encode(chunk))
    return new ReadableStream({
      pull(controller) {
        const chunk = left.shift()
        if (chunk === undefined) controller.error(new Error(everything))
        else controller.enqueue(chunk)
      }
    })
  }

const refuse =
  (
    reason: (context: ConstructorParameters<typeof HttpClientError.TransportError>[0]) => HttpClientError.RequestError
  ): Answer =>
  (request) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: reason({
          request,
          cause: Object.assign(new Error(everything, { cause: request }), { code: canaries.token, request }),
          description: everything
        })
      })
    )

/** Answers that contain or echo every secret, wherever they can. */
export const worst: Readonly<Record<string, Answer>> = {
  "a list of codes": respond(200, codes),
  "a seed": respond(200, JSON.stringify({ otp_uri: `otpauth://totp/${canaries.seed}?secret=${canaries.seed}` })),
  "a seed that is a list": respond(200, JSON.stringify({ otp_uri: [canaries.seed] })),
  "a list that is cut off": respond(200, codes.slice(0, -3)),
  "a list with a number": respond(200, JSON.stringify({ recovery_codes: [canaries.code, 1] })),
  // Short enough for a JSON parser to quote it in its error.
  "a code that is no JSON": respond(200, `[${canaries.code.split(" ", 1)[0]}]`),
  "a list without end": respond(200, codes.repeat(5000)),
  "a list that is no UTF-8": respond(200, Buffer.concat([Buffer.from(codes), Buffer.from([0xff])])),
  "a list badly compressed": respond(200, codes, { ...json, "content-encoding": "gzip" }),
  "codes as HTML": respond(200, codes, { "content-type": "text/html" }),
  "codes under a content type that echoes": respond(200, codes, { "content-type": `text/${canaries.token}` }),
  "codes under an error": respond(503, codes),
  nothing: respond(204, null),
  "a list that is empty": respond(200, null),
  "a redirect with secrets": respond(302, null, { location: `https://evil.example/${encodeURIComponent(everything)}` }),
  "Retry-After with a secret": respond(429, null, { "retry-after": canaries.token }),
  "a request's id that echoes in base64": (request, ...rest) =>
    respond(429, null, { "x-request-id": btoa(request.headers["x-auth-token"] ?? "") })(request, ...rest),
  "an error as HTML": respond(422, everything, { "content-type": "text/html" }),
  "an error of another shape": respond(422, JSON.stringify({ error: { everything }, [canaries.token]: everything })),
  ...Object.fromEntries(statuses.map((status) => [`${status} that echoes`, echo(status)])),
  ...Object.fromEntries(
    systemCodes.map((code): [string, Answer] => [
      `a transport's error ${code === canaries.token ? "whose code is a secret" : code}`,
      (request) => transportError(request, code)
    ])
  ),
  "an error that holds everything": refuse((context) => new HttpClientError.TransportError(context)),
  "a URL that holds everything": refuse((context) => new HttpClientError.InvalidUrlError(context)),
  "a request that can't be encoded": refuse((context) => new HttpClientError.EncodeError(context)),
  "a defect that holds everything": (request) => Effect.die(Object.assign(new Error(everything), { request })),
  "a transport that logs its headers": (request, ...rest) =>
    Effect.andThen(
      Effect.logInfo("asked with", request.headers, { headers: request.headers }),
      respond(401, null)(request, ...rest)
    ),
  "a throw": () => {
    throw new Error(everything)
  },
  "a hang": hang,
  "a body that breaks at once": respond(200, broken()),
  "a body that breaks": respond(200, broken(codes.slice(0, 20))),
  "an error whose body breaks": respond(401, broken(codes.slice(0, 20))),
  "a body that hangs": respond(200, () => new ReadableStream({ pull: () => new Promise(() => {}) }))
}
