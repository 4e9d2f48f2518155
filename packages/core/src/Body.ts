/**
 * Reads the body of a reply within bounds.
 *
 * @since 0.1.0
 */

/** A reply's headers, under lower-case names. */
type Headers = Readonly<Record<string, string | undefined>>

// RFC 8259 11 and RFC 6839 3.1.
const json = /^\s*application\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i

/**
 * Whether a content type means JSON.
 *
 * @param contentType the header's value, if there is one
 *
 * @category predicates
 * @since 0.1.0
 */
export const isJson = (contentType: string | undefined): boolean => contentType !== undefined && json.test(contentType)

/**
 * The length in bytes that a reply states for its body. `Infinity` if only reading the body can
 * tell.
 *
 * @param headers the reply's headers, under lower-case names
 * @param otherwise the length if there is no `content-length`, in bytes
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
 * Collects the chunks of a body.
 *
 * @category models
 * @since 0.1.0
 */
export interface Collector {
  /** Adds a chunk. Returns whether the body is still within its bound. */
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
 * Parses JSON. Returns `undefined`, which JSON can't hold, if the bytes are not JSON. It does not
 * throw, because errors of `JSON.parse` quote the body.
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
