import type { Headers } from "@effect/platform/Headers"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
import * as BodyStream from "@metal-otp/core/BodyStream"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { MalformedResponse } from "../OtpsError.ts"

/** Why there is no body: it is not what it should be, or it did not come. */
export type BodyFailure =
  | { readonly _tag: "Bad"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const bad = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Bad", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = /* @__PURE__ */ Effect.fail(bad("TooLarge"))
const noBytes = /* @__PURE__ */ Effect.succeed(new Uint8Array())

/** Pieces of a body, read without the machinery of a `Stream` in between: that costs more than the whole call. */
const ofPieces = (pieces: BodyStream.Pieces, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.async((resume) => {
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

/** In one piece. A body that somebody has read before is kept in the form in which it was read. */
const ofWhole = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ cause }) =>
      Effect.mapBoth(response.text, {
        onFailure: () => broken(cause),
        onSuccess: (text) => new TextEncoder().encode(text)
      }),
    onSuccess: (buffer) => Effect.succeed(new Uint8Array(buffer))
  }).pipe(Effect.flatMap((bytes) => (bytes.byteLength > max ? tooLarge : Effect.succeed(bytes))))

/** Piece by piece; a stream that gives nothing may have been read before. */
const ofStream = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.suspend(() => {
    const { add, bytes } = collector(max)
    const read = Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : tooLarge))
    return Effect.matchEffect(read, {
      onFailure: (failure) => {
        const known = failure._tag === "ResponseError" ? broken(failure.cause) : failure
        return bytes().length === 0 ? Effect.mapError(ofWhole(response, max), () => known) : Effect.fail(known)
      },
      onSuccess: () =>
        bytes().length === 0 ? Effect.orElse(ofWhole(response, max), () => noBytes) : Effect.succeed(bytes())
    })
  })

/** What a reply of `FetchHttpClient` is made of. Effect 3 has no other way to it than this field. */
const webOf = (response: HttpClientResponse): { readonly body: unknown; readonly bodyUsed: unknown } | undefined => {
  const source: unknown = Predicate.hasProperty(response, "source") ? response.source : undefined
  return Predicate.hasProperty(source, "bodyUsed") && Predicate.hasProperty(source, "body") ? source : undefined
}

/** The whole body, decompressed, unless it is larger than `max` bytes. */
const bounded = (
  response: HttpClientResponse,
  headers: Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  const web = webOf(response)
  // A transport reads no further than the length that a reply tells.
  if (web === undefined) return lengthOf(headers) <= max ? ofWhole(response, max) : ofStream(response, max)
  if (web.body === null) return noBytes
  const pieces = Predicate.isObject(web.body) && web.bodyUsed !== true ? BodyStream.pieces(web.body) : undefined
  return pieces === undefined ? ofWhole(response, max) : ofPieces(pieces, max)
}

/**
 * Reads a body of one shape.
 *
 * @param response the reply
 * @param headers its headers
 * @param max how many bytes are read
 * @param atEnd called when nothing of the body is left to come
 */
export type Read<A> = (
  response: HttpClientResponse,
  headers: Headers,
  max: number,
  atEnd: () => void
) => Effect.Effect<A, BodyFailure>

/**
 * For a success without a body. One that announces a body nevertheless is not
 * waited for (RFC 9112 6.3).
 */
export const none: Read<void> = (response, headers, _max, atEnd) =>
  lengthOf(headers, 0) === 0
    ? Effect.match(bounded(response, headers, 0), { onFailure: constVoid, onSuccess: atEnd })
    : Effect.void

/**
 * Makes a reader of JSON.
 *
 * @param decode takes what is wanted from the JSON, or gives nothing for another shape
 */
export const json =
  <A>(decode: (json: unknown) => A | undefined): Read<A> =>
  (response, headers, max, atEnd) => {
    const type = headers["content-type"]
    // A reply without a content type is judged by its content.
    if (type !== undefined && !isJson(type)) return Effect.fail(bad("ContentType"))
    return Effect.flatMap(bounded(response, headers, max), (bytes) => {
      atEnd()
      const decoded = decode(parseJson(bytes))
      return decoded === undefined ? Effect.fail(bad("Undecodable")) : Effect.succeed(decoded)
    })
  }
