/**
 * Reads the body of a `fetch` reply chunk by chunk, within a bound.
 *
 * @since 0.1.0
 */
import { collector } from "./Body.ts"

/**
 * Reads chunks, from a web stream or from an async iterator.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChunkReader {
  readonly next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>
  readonly cancel: () => Promise<unknown>
}

const isWebStream = (body: object): body is ReadableStream<Uint8Array> => "getReader" in body

const isIterable = (body: object): body is AsyncIterable<Uint8Array> => Symbol.asyncIterator in body

const ofWeb = (body: ReadableStream<Uint8Array>): ChunkReader => {
  const reader = body.getReader()
  return { next: () => reader.read(), cancel: () => reader.cancel() }
}

const ofIterable = (body: AsyncIterable<Uint8Array>): ChunkReader => {
  const iterator = body[Symbol.asyncIterator]()
  return { next: () => iterator.next(), cancel: async () => iterator.return?.() }
}

/**
 * Returns a reader of the chunks of a body, or `undefined` if there is none. The `fetch` of React
 * Native gives no stream, and node-fetch gives a stream of Node. A web stream that is already being
 * read can't be read again.
 *
 * @param body the `body` of a `fetch` reply
 *
 * @category constructors
 * @since 0.1.0
 */
export const chunks = (body: object): ChunkReader | undefined => {
  if (isWebStream(body)) return body.locked ? undefined : ofWeb(body)
  return isIterable(body) ? ofIterable(body) : undefined
}

/**
 * How reading ended: the whole body, more bytes than the bound, or an error.
 *
 * @category models
 * @since 0.1.0
 */
export type Ended =
  | { readonly _tag: "Whole"; readonly bytes: Uint8Array }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Broken"; readonly cause: unknown }

/**
 * Reads chunks to the end of the body, or up to the bound. It cancels what is left.
 *
 * @param reader the reader of the chunks
 * @param max the bound, in bytes
 * @param onEnd called once, unless reading is stopped before
 * @returns a function that stops reading
 *
 * @category combinators
 * @since 0.1.0
 */
export const read = ({ cancel, next }: ChunkReader, max: number, onEnd: (ended: Ended) => void): (() => void) => {
  const { add, bytes } = collector(max)
  const stop = () => void cancel().catch(() => {})
  const step = (): void => {
    next()
      .then(({ done, value }) => {
        if (done === true || value === undefined) return onEnd({ _tag: "Whole", bytes: bytes() })
        if (add(value)) return step()
        stop()
        onEnd({ _tag: "TooLarge" })
      })
      // This also catches an error that `onEnd` or `add` throws.
      .catch((cause: unknown) => onEnd({ _tag: "Broken", cause }))
  }
  step()
  return stop
}
