import { assert, describe, it } from "@effect/vitest"
import { BodyStream } from "@metal-otp/core"

const bytesOf = (piece: string): Uint8Array => new TextEncoder().encode(piece)

const text = (...pieces: ReadonlyArray<string>) => pieces.map(bytesOf)

/** Pieces that come one after the other, and then the end or an error. */
const giving = (pieces: ReadonlyArray<Uint8Array>, error?: unknown) => {
  let cancelled = 0
  let asked = 0
  const source: BodyStream.Pieces = {
    next: async () => {
      const value = pieces[asked++]
      if (value === undefined && error !== undefined) throw error
      return value === undefined ? { done: true } : { done: false, value }
    },
    cancel: async () => {
      cancelled++
      throw new Error("nobody hears of this")
    }
  }
  return { source, asked: () => asked, cancelled: () => cancelled }
}

const read = (source: BodyStream.Pieces, max: number) =>
  new Promise<BodyStream.Ended>((resolve) => BodyStream.read(source, max, resolve))

describe("read", () => {
  it("gives what came, in one", async () => {
    const { cancelled, source } = giving(text("ab", "", "cd"))
    const ended = await read(source, 4)
    assert.deepStrictEqual(ended, { _tag: "Whole", bytes: bytesOf("abcd") })
    assert.strictEqual(cancelled(), 0)
  })

  it("stops above the bound, and lets go of the rest", async () => {
    const { asked, cancelled, source } = giving(text("ab", "cd", "ef"))
    assert.deepStrictEqual(await read(source, 3), { _tag: "TooLarge" })
    assert.deepStrictEqual([asked(), cancelled()], [2, 1])
  })

  it("says what broke it", async () => {
    const error = new Error("lost")
    assert.deepStrictEqual(await read(giving(text("ab"), error).source, 10), { _tag: "Broken", cause: error })
    const throwing: BodyStream.Pieces = {
      next: () => Promise.resolve().then(() => Reflect.apply(() => assert.fail("now"), undefined, [])),
      cancel: async () => {}
    }
    assert.strictEqual((await read(throwing, 10))._tag, "Broken")
  })

  it("is stopped from outside", () => {
    const { cancelled, source } = giving(text("ab"))
    BodyStream.read(source, 10, () => {})()
    assert.strictEqual(cancelled(), 1)
  })
})

describe("pieces", () => {
  it("are those of a web stream, of one of Node's, and of nothing else", async () => {
    const web = BodyStream.pieces(new Blob(["abc"]).stream())
    const node = BodyStream.pieces(
      (async function* () {
        yield* text("a", "bc")
      })()
    )
    const whole = { _tag: "Whole", bytes: bytesOf("abc") } as const
    assert.deepStrictEqual(web && (await read(web, 3)), whole)
    assert.deepStrictEqual(node && (await read(node, 3)), whole)
    assert.isUndefined(BodyStream.pieces({}))
  })

  it("are not to be had of a stream that somebody reads already", () => {
    const body = new Blob(["abc"]).stream()
    body.getReader()
    assert.isUndefined(BodyStream.pieces(body))
  })
})
