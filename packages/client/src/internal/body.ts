import { collector, isJson, lengthOf, parseJson } from "@metal-otp/core/Body"
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

/** What a web stream's reader and an iterator of Node's have in common. */
interface Pieces {
  readonly next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>
  readonly cancel: () => Promise<unknown>
}

/** Reads the pieces of a body without a `Stream`, which is slower. */
const ofPieces = ({ cancel, next }: Pieces, max: number): Effect.Effect<Uint8Array, BodyFailure> => {
  const stop = () => void cancel().catch(constVoid)
  return Effect.callback((resume) => {
    const { add, bytes } = collector(max)
    const read = (): void => {
      next()
        .then(({ done, value }) => {
          if (done === true || value === undefined) return resume(Effect.succeed(bytes()))
          if (add(value)) return read()
          stop()
          resume(tooLarge)
        })
        // This also catches what is thrown above.
        .catch((cause) => resume(Effect.fail(broken(cause))))
    }
    read()
    return Effect.sync(stop)
  })
}

const ofWeb = (body: ReadableStream<Uint8Array>): Pieces => {
  const reader = body.getReader()
  return { next: () => reader.read(), cancel: () => reader.cancel() }
}

const ofIterable = (body: AsyncIterable<Uint8Array>): Pieces => {
  const iterator = body[Symbol.asyncIterator]()
  return { next: () => iterator.next(), cancel: async () => iterator.return?.() }
}

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

const isWebStream = (body: object): body is ReadableStream<Uint8Array> => "getReader" in body

const isIterable = (body: object): body is AsyncIterable<Uint8Array> => Symbol.asyncIterator in body

/** The body of a web reply. Not every fetch gives a web stream: React Native gives none, node-fetch one of Node's. */
const ofResponse = (
  { body, bodyUsed }: { readonly body?: object | null; readonly bodyUsed: boolean },
  response: HttpClientResponse.HttpClientResponse,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  if (body === null) return noBytes
  if (body === undefined || bodyUsed) return ofWhole(response, max)
  if (isWebStream(body)) return body.locked ? ofWhole(response, max) : ofPieces(ofWeb(body), max)
  return isIterable(body) ? ofPieces(ofIterable(body), max) : ofWhole(response, max)
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
