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
 * Whether a content type is JSON.
 *
 * @param contentType the header's value, if there is one
 *
 * @category predicates
 * @since 0.1.0
 */
export const isJson = (contentType: string | undefined): boolean => contentType !== undefined && json.test(contentType)

/**
 * Returns the length in bytes that the headers promise for the body. `Infinity` means that the
 * length is not known before the body is read.
 *
 * @param headers the reply's headers, under lower-case names
 * @param otherwise the length in bytes if there is no `content-length`
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
 * Parses JSON. Returns `undefined`, which is no JSON value, if the bytes are not JSON. It does not
 * throw, because an error of `JSON.parse` quotes the body.
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
