import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
import * as BodyStream from "@metal-otp/core/BodyStream"
import type { MalformedResponse } from "@metal-otp/schema/OtpsError"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import type { Headers } from "effect/http/Headers"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** Why there is no body: it is malformed, or it did not arrive. */
export type BodyFailure =
  | { readonly _tag: "Bad"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const bad = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Bad", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = /* @__PURE__ */ Effect.fail(bad("TooLarge"))
const noBytes = /* @__PURE__ */ Effect.succeed(new Uint8Array())

/** Pieces of a body, read without the machinery of a `Stream` in between. */
const ofPieces = (pieces: BodyStream.Pieces, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.callback((resume) => {
    const stop = BodyStream.read(pieces, max, (ended) => {
      switch (ended._tag) {
        case "Whole":
          return resume(Effect.succeed(ended.bytes))
        case "TooLarge":
          return resume(tooLarge)
        case "Broken":
          return resume(Effect.fail(broken(ended.cause)))
      }
    })
    return Effect.sync(stop)
  })

/** Reads a body in one piece, as Effect does, which keeps a body that was read before. */
const ofWhole = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ reason }) => Effect.fail(broken(reason.cause)),
    onSuccess: (buffer) => (buffer.byteLength > max ? tooLarge : Effect.succeed(new Uint8Array(buffer)))
  })

/** Reads a body piece by piece. A stream that gives nothing may have been read before. */
const ofStream = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.suspend(() => {
    const { add, bytes } = collector(max)
    const read = Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : tooLarge))
    return Effect.matchEffect(read, {
      onFailure: (failure) => {
        const known = failure._tag === "HttpClientError" ? broken(failure.reason.cause) : failure
        return bytes().length === 0 ? Effect.mapError(ofWhole(response, max), () => known) : Effect.fail(known)
      },
      onSuccess: () =>
        bytes().length === 0 ? Effect.orElseSucceed(ofWhole(response, max), bytes) : Effect.succeed(bytes())
    })
  })

/** The body of a web reply. */
const ofResponse = (
  { body, bodyUsed }: { readonly body?: object | null; readonly bodyUsed: boolean },
  response: HttpClientResponse.HttpClientResponse,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  if (body === null) return noBytes
  const pieces = body === undefined || bodyUsed ? undefined : BodyStream.pieces(body)
  return pieces === undefined ? ofWhole(response, max) : ofPieces(pieces, max)
}

/** Reads the whole decompressed body, unless it is larger than `max` bytes. */
const bounded = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  const web = HttpClientResponse.toWeb(response)
  if (Option.isSome(web)) return ofResponse(web.value, response, max)
  // A transport reads no further than the stated length.
  return lengthOf(headers) <= max ? ofWhole(response, max) : ofStream(response, max)
}

/**
 * Reads a body of one shape.
 *
 * @param response the reply
 * @param headers its headers
 * @param max how many bytes to read at most
 * @param atEnd called when the body is complete
 */
export type Read<A> = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  max: number,
  atEnd: () => void
) => Effect.Effect<A, BodyFailure>

/**
 * Reads a success without a body. It does not wait for an announced body (RFC 9112 6.3).
 */
export const none: Read<void> = (response, headers, _max, atEnd) =>
  lengthOf(headers, 0) === 0
    ? Effect.match(bounded(response, headers, 0), { onFailure: constVoid, onSuccess: atEnd })
    : Effect.void

/**
 * Makes a reader of JSON.
 *
 * @param decode decodes the JSON, or returns `undefined` for another shape
 */
export const json =
  <A>(decode: (json: unknown) => A | undefined): Read<A> =>
  (response, headers, max, atEnd) => {
    const type = headers["content-type"]
    // Without a content type, the content decides.
    if (type !== undefined && !isJson(type)) return Effect.fail(bad("ContentType"))
    return Effect.flatMap(bounded(response, headers, max), (bytes) => {
      atEnd()
      const decoded = decode(parseJson(bytes))
      return decoded === undefined ? Effect.fail(bad("Undecodable")) : Effect.succeed(decoded)
    })
  }

/**
 * For a success whose body the API's text has no word of. Nothing of it is
 * needed. But one that is not JSON is not the API's: it is that of a captive
 * portal or a gateway.
 */
export const unneeded: Read<void> = (response, headers, max, atEnd) => {
  const type = headers["content-type"]
  if (isJson(type)) {
    return Effect.match(bounded(response, headers, max), { onFailure: constVoid, onSuccess: atEnd })
  }
  const empty = Effect.map(bounded(response, headers, 0), atEnd)
  return Effect.mapError(empty, (failure) => (failure._tag === "Bad" ? bad("ContentType") : failure))
}
