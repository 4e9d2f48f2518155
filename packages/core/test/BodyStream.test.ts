import { assert, describe, it } from "@effect/vitest"
import { BodyStream } from "@metal-otp/core"

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const chunksOf = (...texts: ReadonlyArray<string>) => texts.map(bytesOf)

/** A reader that returns the chunks in order, and then ends or throws. Cancelling it rejects. */
const readerOf = (chunks: ReadonlyArray<Uint8Array>, error?: unknown) => {
  let cancelled = 0
  let asked = 0
  const source: BodyStream.ChunkReader = {
    next: async () => {
      const value = chunks[asked++]
      if (value === undefined && error !== undefined) throw error
      return value === undefined ? { done: true } : { done: false, value }
    },
    cancel: async () => {
      cancelled++
      throw new Error("cancelled")
    }
  }
  return { source, asked: () => asked, cancelled: () => cancelled }
}

const read = (source: BodyStream.ChunkReader, max: number) =>
  new Promise<BodyStream.Ended>((resolve) => BodyStream.read(source, max, resolve))

describe("read", () => {
  it("joins the chunks", async () => {
    const { cancelled, source } = readerOf(chunksOf("ab", "", "cd"))
    const ended = await read(source, 4)
    assert.deepStrictEqual(ended, { _tag: "Whole", bytes: bytesOf("abcd") })
    assert.strictEqual(cancelled(), 0)
  })

  it("stops above the bound, and cancels the rest", async () => {
    const { asked, cancelled, source } = readerOf(chunksOf("ab", "cd", "ef"))
    assert.deepStrictEqual(await read(source, 3), { _tag: "TooLarge" })
    assert.deepStrictEqual([asked(), cancelled()], [2, 1])
  })

  it("reports the error that broke the stream", async () => {
    const error = new Error("lost")
    assert.deepStrictEqual(await read(readerOf(chunksOf("ab"), error).source, 10), { _tag: "Broken", cause: error })
    const throwing: BodyStream.ChunkReader = {
      next: () => Promise.resolve().then(() => Reflect.apply(() => assert.fail("now"), undefined, [])),
      cancel: async () => {}
    }
    assert.strictEqual((await read(throwing, 10))._tag, "Broken")
  })

  it("returns a function that stops reading", () => {
    const { cancelled, source } = readerOf(chunksOf("ab"))
    BodyStream.read(source, 10, () => {})()
    assert.strictEqual(cancelled(), 1)
  })
})

describe("chunks", () => {
  it("reads a web stream and an async iterator, and nothing else", async () => {
    const web = BodyStream.chunks(new Blob(["abc"]).stream())
    const node = BodyStream.chunks(
      (async function* () {
        yield* chunksOf("a", "bc")
      })()
    )
    const whole = { _tag: "Whole", bytes: bytesOf("abc") } as const
    assert.deepStrictEqual(web && (await read(web, 3)), whole)
    assert.deepStrictEqual(node && (await read(node, 3)), whole)
    assert.isUndefined(BodyStream.chunks({}))
  })

  it("reads no stream that is being read already", () => {
    const body = new Blob(["abc"]).stream()
    body.getReader()
    assert.isUndefined(BodyStream.chunks(body))
  })
})
