/** Reads the bodies of replies up to a size limit, and decodes them. */
import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
import * as BodyStream from "@metal-otp/core/BodyStream"
import type { MalformedResponse } from "@metal-otp/schema/OtpsError"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import type { Headers } from "effect/http/Headers"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** Why a body can't be used: its content is malformed, or the transport failed while reading it. */
export type BodyFailure =
  | { readonly _tag: "Malformed"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const malformed = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Malformed", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = /* @__PURE__ */ Effect.fail(malformed("TooLarge"))
const noBytes = /* @__PURE__ */ Effect.succeed(new Uint8Array())

/** Reads the body of a web reply, chunk by chunk. It uses no `Stream`, because that makes a call slower. */
const readChunks = (chunks: BodyStream.ChunkReader, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.callback((resume) => {
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
const readWhole = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ reason }) => Effect.fail(broken(reason.cause)),
    onSuccess: (buffer) => (buffer.byteLength > max ? tooLarge : Effect.succeed(new Uint8Array(buffer)))
  })

/** Reads a body as a stream, up to `max` bytes. An empty stream may mean that the body was read before. */
const readStream = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.suspend(() => {
    const { add, bytes } = collector(max)
    const read = Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : tooLarge))
    return Effect.matchEffect(read, {
      onFailure: (failure) => {
        const streamFailure = failure._tag === "HttpClientError" ? broken(failure.reason.cause) : failure
        return bytes().length === 0
          ? Effect.mapError(readWhole(response, max), () => streamFailure)
          : Effect.fail(streamFailure)
      },
      onSuccess: () =>
        bytes().length === 0 ? Effect.orElseSucceed(readWhole(response, max), bytes) : Effect.succeed(bytes())
    })
  })

/** Reads the body of a reply whose transport uses the web's `Response`. */
const readWeb = (
  { body, bodyUsed }: { readonly body?: object | null; readonly bodyUsed: boolean },
  response: HttpClientResponse.HttpClientResponse,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  if (body === null) return noBytes
  const chunks = body === undefined || bodyUsed ? undefined : BodyStream.chunks(body)
  return chunks === undefined ? readWhole(response, max) : readChunks(chunks, max)
}

/** Reads the whole decompressed body. Fails if it is larger than `max` bytes. */
const readBytes = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  const web = HttpClientResponse.toWeb(response)
  if (Option.isSome(web)) return readWeb(web.value, response, max)
  // HTTP clients stop at the stated length, so a body of a valid length needs no further bound.
  return lengthOf(headers) <= max ? readWhole(response, max) : readStream(response, max)
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
  response: HttpClientResponse.HttpClientResponse,
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
