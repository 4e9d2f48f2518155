/**
 * What a reply's head says of its body, and how a body is read within bounds.
 *
 * @since 0.1.0
 */

/** A reply's headers, under lower-case names. */
type Headers = Readonly<Record<string, string | undefined>>

// RFC 8259 11 and RFC 6839 3.1.
const json = /^\s*application\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i

/**
 * Whether a content type is JSON's.
 *
 * @param contentType the header's value, if there is one
 *
 * @category predicates
 * @since 0.1.0
 */
export const isJson = (contentType: string | undefined): boolean => contentType !== undefined && json.test(contentType)

/**
 * The length in bytes that a reply tells of its body; `Infinity` where it can't
 * be known before the body is read.
 *
 * @param headers the reply's headers, under lower-case names
 * @param otherwise what a missing `content-length` stands for, in bytes
 *
 * @category accessors
 * @since 0.1.0
 */
export const lengthOf = (headers: Headers, otherwise = Number.POSITIVE_INFINITY): number => {
  if (headers["content-encoding"] !== undefined || headers["transfer-encoding"] !== undefined) return Infinity
  const length = headers["content-length"]
  if (length === undefined) return otherwise
  return /^\d+$/.test(length) ? Number(length) : Infinity
}

/**
 * Chunks of a body, put together.
 *
 * @category models
 * @since 0.1.0
 */
export interface Collector {
  /** Takes a chunk in, and says whether the body is still within its bound. */
  readonly add: (chunk: Uint8Array) => boolean
  readonly bytes: () => Uint8Array
}

/**
 * Collects the chunks of a body.
 *
 * @param max the bound, in bytes
 *
 * @category constructors
 * @since 0.1.0
 */
export const collector = (max: number): Collector => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return {
    add: (chunk) => {
      size += chunk.byteLength
      chunks.push(chunk)
      return size <= max
    },
    bytes: () => {
      const [first] = chunks
      if (first !== undefined && chunks.length === 1) return first
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

// RFC 8259 8.1: JSON is UTF-8.
const utf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true })

/**
 * Parses JSON. It gives `undefined`, which JSON can't hold, for bytes that are
 * none: the errors of `JSON.parse` quote what they read.
 *
 * @param bytes the body
 *
 * @category constructors
 * @since 0.1.0
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}
