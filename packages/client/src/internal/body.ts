import type * as OtpsError from "@metal-otp/schema/OtpsError"
import type * as ByteSize from "effect/ByteSize"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

/** The body came, but is not what it should be. */
export class BadBody extends Data.TaggedError("BadBody")<{ readonly reason: OtpsError.MalformedResponse["reason"] }> {}

/** The whole body, decompressed, as long as it is not larger than `max`. */
const bounded = (
  response: HttpClientResponse,
  max: ByteSize.ByteSize
): Effect.Effect<Uint8Array, BadBody | HttpClientError> =>
  response.stream.pipe(
    Stream.limitBytes<BadBody | HttpClientError, never>(max, () => Stream.fail(new BadBody({ reason: "TooLarge" }))),
    Stream.mkUint8Array,
    Effect.catchIf(
      (error) => error._tag === "HttpClientError" && error.reason._tag === "EmptyBodyError",
      () => Effect.succeed(new Uint8Array())
    )
  )

// RFC 8259 11 and RFC 6839 3.1; a reply without a content type is judged by its content.
const isJson = (contentType: string | undefined) =>
  contentType === undefined || /^application\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i.test(contentType.trim())

/** Reads the body of a success. */
export type Read<A> = (
  response: HttpClientResponse,
  max: ByteSize.ByteSize
) => Effect.Effect<A, BadBody | HttpClientError>

/** For a success without a body: nothing is read, and the scope of the call lets go of whatever came. */
export const none: Read<void> = () => Effect.void

const undecodable = () => new BadBody({ reason: "Undecodable" })

/**
 * Makes a reader of bodies of one shape; its decoder is compiled once.
 *
 * @param schema the shape
 */
export const json = <A>(schema: Schema.ConstraintDecoder<A>): Read<A> => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return (response, max) =>
    isJson(response.headers["content-type"])
      ? bounded(response, max).pipe(
          // RFC 8259 8.1: JSON is UTF-8.
          Effect.flatMap((bytes) =>
            Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: undecodable })
          ),
          Effect.flatMap((text) => Effect.mapError(decode(text), undecodable))
        )
      : Effect.fail(new BadBody({ reason: "ContentType" }))
}
