import type { Headers } from "@effect/platform/Headers"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
import * as BodyStream from "@metal-otp/core/BodyStream"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { MalformedResponse } from "../OtpsError.ts"

/** Why there is no body: it is malformed, or it did not arrive. */
export type BodyFailure =
  | { readonly _tag: "Bad"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const bad = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Bad", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = /* @__PURE__ */ Effect.fail(bad("TooLarge"))
const noBytes = /* @__PURE__ */ Effect.succeed(new Uint8Array())

/** Pieces of a body, read without the machinery of a `Stream` in between: that costs more than the whole call. */
const ofPieces = (pieces: BodyStream.ChunkReader, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
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

/** As Effect reads it, in one piece. */
const ofWhole = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ cause }) => Effect.fail(broken(cause)),
    onSuccess: (buffer) => (buffer.byteLength > max ? tooLarge : Effect.succeed(new Uint8Array(buffer)))
  })

/** As Effect has read it before. */
const ofText = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.matchEffect(response.text, {
    onFailure: ({ cause }) => Effect.fail(broken(cause)),
    onSuccess: (text) => {
      const bytes = new TextEncoder().encode(text)
      return bytes.byteLength > max ? tooLarge : Effect.succeed(bytes)
    }
  })

/** As Effect streams it. */
const ofStream = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.suspend(() => {
    const { add, bytes } = collector(max)
    return Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : tooLarge)).pipe(
      Effect.catchTag("ResponseError", ({ cause, reason }) =>
        reason === "EmptyBody" ? Effect.void : Effect.fail(broken(cause))
      ),
      Effect.map(bytes)
    )
  })

const fieldOf = (u: unknown, name: string): unknown => (Predicate.hasProperty(u, name) ? u[name] : undefined)

/** Whether somebody has read a body that can be read once. */
const isSpent = (u: unknown) => fieldOf(u, "bodyUsed") === true || fieldOf(u, "readableDidRead") === true

/** Reads the whole decompressed body, unless it is larger than `max` bytes. */
const bounded = (
  response: HttpClientResponse,
  headers: Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  // Effect 3 keeps a body that was read in one of these fields, and what a reply is made of in `source`: it has no
  // other way to them. Of fetch and undici that has a `body`, of `node:http` it is one.
  if (fieldOf(response, "arrayBufferBody") !== undefined) return ofWhole(response, max)
  if ((fieldOf(response, "textBody") ?? fieldOf(response, "textEffect")) !== undefined) return ofText(response, max)
  const source = fieldOf(response, "source")
  const body = Predicate.hasProperty(source, "body") ? source.body : source
  if (body === null) return noBytes
  if (isSpent(source) || isSpent(body)) return Effect.fail(broken(undefined))
  const pieces = Predicate.isObject(body) ? BodyStream.chunks(body) : undefined
  if (pieces !== undefined) return ofPieces(pieces, max)
  // A transport reads no further than the stated length.
  const isWeb = fieldOf(source, "bodyUsed") !== undefined
  return isWeb || lengthOf(headers) <= max ? ofWhole(response, max) : ofStream(response, max)
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
  response: HttpClientResponse,
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
