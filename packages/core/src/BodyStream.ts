/**
 * Reads the body of a web reply piece by piece, within a bound.
 *
 * @since 0.1.0
 */
import { collector } from "./Body.ts"

/**
 * What a web stream's reader and an iterator of Node's have in common.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pieces {
  readonly next: () => Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>
  readonly cancel: () => Promise<unknown>
}

const isWebStream = (body: object): body is ReadableStream<Uint8Array> => "getReader" in body

const isIterable = (body: object): body is AsyncIterable<Uint8Array> => Symbol.asyncIterator in body

const ofWeb = (body: ReadableStream<Uint8Array>): Pieces => {
  const reader = body.getReader()
  return { next: () => reader.read(), cancel: () => reader.cancel() }
}

const ofIterable = (body: AsyncIterable<Uint8Array>): Pieces => {
  const iterator = body[Symbol.asyncIterator]()
  return { next: () => iterator.next(), cancel: async () => iterator.return?.() }
}

/**
 * The pieces of a body, if they can be read. Not every `fetch` returns a web stream: React Native
 * returns none, node-fetch one of Node's. A stream that is already being read can't be read again.
 *
 * @param body a web reply's `body`
 *
 * @category constructors
 * @since 0.1.0
 */
export const pieces = (body: object): Pieces | undefined => {
  if (isWebStream(body)) return body.locked ? undefined : ofWeb(body)
  return isIterable(body) ? ofIterable(body) : undefined
}

/**
 * How reading ended.
 *
 * @category models
 * @since 0.1.0
 */
export type Ended =
  | { readonly _tag: "Whole"; readonly bytes: Uint8Array }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Broken"; readonly cause: unknown }

/**
 * Reads pieces to their end or up to the bound, then cancels the rest.
 *
 * @param pieces the source of the pieces
 * @param max the bound, in bytes
 * @param onEnd called once, unless it is stopped before
 * @returns a function that stops reading
 *
 * @category combinators
 * @since 0.1.0
 */
export const read = ({ cancel, next }: Pieces, max: number, onEnd: (ended: Ended) => void): (() => void) => {
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
      // This also catches what is thrown above.
      .catch((cause: unknown) => onEnd({ _tag: "Broken", cause }))
  }
  step()
  return stop
}
