import type { Headers } from "@effect/platform/Headers"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
import * as BodyStream from "@metal-otp/core/BodyStream"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { MalformedResponse } from "../OtpsError.ts"

/** Why a body can't be used: its content is malformed, or the transport failed while reading it. */
export type BodyFailure =
  | { readonly _tag: "Malformed"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const malformed = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Malformed", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = /* @__PURE__ */ Effect.fail(malformed("TooLarge"))
const noBytes = /* @__PURE__ */ Effect.succeed(new Uint8Array())

/** Reads a body chunk by chunk. It uses no `Stream`, because that costs more than the rest of the call. */
const readChunks = (chunks: BodyStream.ChunkReader, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.async((resume) => {
    const stop = BodyStream.read(chunks, max, (ended) => {
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

/** Reads a body at once. Effect caches the result, so this also works for a body that was read before. */
const readWhole = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ cause }) => Effect.fail(broken(cause)),
    onSuccess: (buffer) => (buffer.byteLength > max ? tooLarge : Effect.succeed(new Uint8Array(buffer)))
  })

/** Reads a body that was read as text before. */
const readText = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.matchEffect(response.text, {
    onFailure: ({ cause }) => Effect.fail(broken(cause)),
    onSuccess: (text) => {
      const bytes = new TextEncoder().encode(text)
      return bytes.byteLength > max ? tooLarge : Effect.succeed(bytes)
    }
  })

/** Reads a body as a stream, up to `max` bytes. */
const readStream = (response: HttpClientResponse, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
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

/** Whether a body was read before. The bodies of the web and of Node can be read only once. */
const isConsumed = (u: unknown) => fieldOf(u, "bodyUsed") === true || fieldOf(u, "readableDidRead") === true

/** Reads the whole decompressed body. Fails if it is larger than `max` bytes. */
const readBytes = (
  response: HttpClientResponse,
  headers: Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  // Effect 3 has no functions for this, only private fields. A body that was read before is in `arrayBufferBody`,
  // `textBody` or `textEffect`. `source` is the reply of fetch or undici, with a `body`, or the stream of `node:http`.
  if (fieldOf(response, "arrayBufferBody") !== undefined) return readWhole(response, max)
  if ((fieldOf(response, "textBody") ?? fieldOf(response, "textEffect")) !== undefined) return readText(response, max)
  const source = fieldOf(response, "source")
  const body = Predicate.hasProperty(source, "body") ? source.body : source
  if (body === null) return noBytes
  if (isConsumed(source) || isConsumed(body)) return Effect.fail(broken(undefined))
  const chunks = Predicate.isObject(body) ? BodyStream.chunks(body) : undefined
  if (chunks !== undefined) return readChunks(chunks, max)
  // HTTP clients stop at the stated length, so a body of a valid length needs no further bound.
  const isWeb = fieldOf(source, "bodyUsed") !== undefined
  return isWeb || lengthOf(headers) <= max ? readWhole(response, max) : readStream(response, max)
}

/**
 * Reads the body of a success.
 *
 * @param response the reply
 * @param headers the reply's headers
 * @param max the most bytes to read
 * @param atEnd a function to call when the body is complete
 */
export type Read<A> = (
  response: HttpClientResponse,
  headers: Headers,
  max: number,
  atEnd: () => void
) => Effect.Effect<A, BodyFailure>

/**
 * Reads a success that the API documents without a body. It ignores a body, and does not wait for it
 * (RFC 9112 6.3).
 */
export const none: Read<void> = (response, headers, _max, atEnd) =>
  lengthOf(headers, 0) === 0
    ? Effect.match(readBytes(response, headers, 0), { onFailure: constVoid, onSuccess: atEnd })
    : Effect.void

/**
 * Makes a reader of a JSON body.
 *
 * @param decode decodes the JSON, or returns `undefined` if it has another shape
 */
export const json =
  <A>(decode: (json: unknown) => A | undefined): Read<A> =>
  (response, headers, max, atEnd) => {
    const type = headers["content-type"]
    // Without a content type, the decoder decides.
    if (type !== undefined && !isJson(type)) return Effect.fail(malformed("ContentType"))
    return Effect.flatMap(readBytes(response, headers, max), (bytes) => {
      atEnd()
      const decoded = decode(parseJson(bytes))
      return decoded === undefined ? Effect.fail(malformed("Undecodable")) : Effect.succeed(decoded)
    })
  }

/**
 * Reads a success whose body the API does not document. It ignores a JSON body. Another body fails as
 * malformed, because it comes from a captive portal or a gateway instead of the API.
 */
export const undocumented: Read<void> = (response, headers, max, atEnd) => {
  const type = headers["content-type"]
  if (isJson(type)) {
    return Effect.match(readBytes(response, headers, max), { onFailure: constVoid, onSuccess: atEnd })
  }
  const empty = Effect.map(readBytes(response, headers, 0), atEnd)
  return Effect.mapError(empty, (failure) => (failure._tag === "Malformed" ? malformed("ContentType") : failure))
}
