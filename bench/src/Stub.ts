/** A `fetch` without a network: each call gets a new `Response`, or never gets one. */
import { type Answered, answers } from "./Scenario.ts"

export interface Stub {
  readonly fetch: typeof globalThis.fetch
  /** Sets the replies to later calls, in a cycle. Without replies, calls stay pending. */
  readonly script: (...replies: ReadonlyArray<Answered>) => void
  /** The number of calls. */
  readonly calls: () => number
}

const json = { "content-type": "application/json" }

export const make = (): Stub => {
  // Pending calls stay reachable, as they are from a socket.
  const waiting: Array<(response: Response) => void> = []
  let script: ReadonlyArray<Answered> = []
  let next = 0
  let calls = 0
  return {
    fetch: () => {
      calls++
      const reply = script[next]
      if (reply === undefined) return new Promise((resolve) => waiting.push(resolve))
      next = (next + 1) % script.length
      const { body, status } = answers[reply]
      return Promise.resolve(new Response(body, { status, ...(body === null ? {} : { headers: json }) }))
    },
    script: (...replies) => {
      script = replies
      next = 0
    },
    calls: () => calls
  }
}
