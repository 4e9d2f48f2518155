import type { MalformedResponse } from "@metal-otp/schema/OtpsError"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import type * as Headers from "effect/http/Headers"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

/** Why there is no body: it is not what it should be, or it did not come. */
export type BodyFailure =
  | { readonly _tag: "Bad"; readonly reason: MalformedResponse["reason"] }
  | { readonly _tag: "Broken"; readonly cause: unknown }

const bad = (reason: MalformedResponse["reason"]): BodyFailure => ({ _tag: "Bad", reason })
const broken = (cause: unknown): BodyFailure => ({ _tag: "Broken", cause })

const tooLarge = Effect.fail(bad("TooLarge"))
const noBytes = new Uint8Array()

/** Chunks put together, and given up when they come to more than `max` bytes. */
const collector = (max: number) => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return {
    /** Whether there is room for more. */
    add: (chunk: Uint8Array): boolean => {
      size += chunk.byteLength
      chunks.push(chunk)
      return size <= max
    },
    bytes: (): Uint8Array => {
      const [first = noBytes] = chunks
      if (chunks.length <= 1) return first
      const all = new Uint8Array(size)
      let offset = 0
      for (const chunk of chunks) {
        all.set(chunk, offset)
        offset += chunk.byteLength
      }
      return all
    }
  }
}

/** A web body, read without the machinery of a `Stream` in between. */
const ofWeb = (body: ReadableStream<Uint8Array>, max: number): Effect.Effect<Uint8Array, BodyFailure> =>
  Effect.callback((resume) => {
    const reader = body.getReader()
    const { add, bytes } = collector(max)
    const cancel = () => void reader.cancel().catch(constVoid)
    const next = (): void => {
      reader
        .read()
        .then(({ done, value }) => {
          if (done) return resume(Effect.succeed(bytes()))
          if (add(value)) return next()
          cancel()
          resume(tooLarge)
        })
        // What is thrown above too: nobody else would catch it.
        .catch((cause) => resume(Effect.fail(broken(cause))))
    }
    next()
    return Effect.sync(cancel)
  })

const ofStream = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.suspend(() => {
    const { add, bytes } = collector(max)
    return Stream.runForEach(response.stream, (chunk) => (add(chunk) ? Effect.void : tooLarge)).pipe(
      Effect.catchTag("HttpClientError", ({ reason }) =>
        reason._tag === "EmptyBodyError" ? Effect.void : Effect.fail(broken(reason.cause))
      ),
      Effect.map(bytes)
    )
  })

/** A body whose length is told: a transport reads no further than that, so it can be had in one piece. */
const ofLength = (response: HttpClientResponse.HttpClientResponse, max: number) =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: ({ reason }) => Effect.fail(broken(reason.cause)),
    onSuccess: (buffer) => (buffer.byteLength > max ? tooLarge : Effect.succeed(new Uint8Array(buffer)))
  })

/** The length that a reply tells of its body, or else another; without end where it can't be known. */
const lengthOf = (headers: Headers.Headers, otherwise: string): number => {
  const { "content-encoding": coding, "content-length": length = otherwise, "transfer-encoding": transfer } = headers
  return coding === undefined && transfer === undefined && /^\d+$/.test(length) ? Number(length) : Infinity
}

/** The whole body, decompressed, unless it is larger than `max` bytes. */
const bounded = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers.Headers,
  max: number
): Effect.Effect<Uint8Array, BodyFailure> => {
  const web = HttpClientResponse.toWeb(response)
  if (Option.isSome(web)) {
    const { body } = web.value
    return body === null ? Effect.succeed(noBytes) : ofWeb(body, max)
  }
  return lengthOf(headers, "") <= max ? ofLength(response, max) : ofStream(response, max)
}

// RFC 8259 11 and RFC 6839 3.1; a reply without a content type is judged by its content.
const isJson = (contentType: string | undefined) =>
  contentType === undefined || /^application\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i.test(contentType.trim())

/**
 * Reads a body of one shape.
 *
 * @param response the reply
 * @param max how many bytes are read
 * @param atEnd called when nothing of the body is left to come
 */
export type Read<A> = (
  response: HttpClientResponse.HttpClientResponse,
  max: number,
  atEnd: () => void
) => Effect.Effect<A, BodyFailure>

/**
 * For a success without a body. One that announces a body nevertheless is not
 * waited for (RFC 9112 6.3).
 */
export const none: Read<void> = (response, _max, atEnd) => {
  const { headers } = response
  return lengthOf(headers, "0") === 0
    ? Effect.match(bounded(response, headers, 0), { onFailure: constVoid, onSuccess: atEnd })
    : Effect.void
}

// RFC 8259 8.1: JSON is UTF-8.
const utf8 = new TextDecoder("utf-8", { fatal: true })
const parse = Option.liftThrowable((bytes: Uint8Array): unknown => JSON.parse(utf8.decode(bytes)))

/**
 * Makes a reader of JSON of one shape; its decoder is compiled once.
 *
 * @param schema the shape
 */
export const json = <A>(schema: Schema.ConstraintDecoder<A>): Read<A> => {
  const decode = Schema.decodeUnknownOption(schema)
  return (response, max, atEnd) => {
    const { headers } = response
    if (!isJson(headers["content-type"])) return Effect.fail(bad("ContentType"))
    return Effect.flatMap(bounded(response, headers, max), (bytes) => {
      atEnd()
      const decoded = Option.flatMap(parse(bytes), decode)
      return Option.isSome(decoded) ? Effect.succeed(decoded.value) : Effect.fail(bad("Undecodable"))
    })
  }
}
