/** A `fetch` without a network: every call gets a fresh `Response`, or none ever. */
import { type Answered, answers } from "./Scenario.ts"

export interface Stub {
  readonly fetch: typeof globalThis.fetch
  /** What calls are answered from now on, one after the other and again from the start; nothing leaves them pending. */
  readonly script: (...replies: ReadonlyArray<Answered>) => void
  /** How many calls there were. */
  readonly calls: () => number
}

const json = { "content-type": "application/json" }

export const make = (): Stub => {
  // What waits for a reply is reachable, as it is from a socket.
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
