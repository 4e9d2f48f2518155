/** Measures requests per second on 32 connections, with one request at a time on each. */
import { Data, Effect } from "effect"
import { Pool } from "undici"
import { token } from "../Scenario.ts"

const connections = 32

/** A reply was wrong or missing. */
class WrongReply extends Data.TaggedError("WrongReply")<{ readonly url: string; readonly problem: string }> {
  override get message(): string {
    return `${this.url} answered with ${this.problem}`
  }
}

const headers = ["x-auth-token", token]

/** Counts the replies per second during a number of milliseconds. */
const drive = (pool: Pool, url: URL, milliseconds: number) =>
  Effect.callback<number, WrongReply>((resume) => {
    const begin = performance.now()
    const end = begin + milliseconds
    let replies = 0
    let busy = connections
    let failed = false
    const fail = (problem: string) => {
      if (failed) return
      failed = true
      resume(Effect.fail(new WrongReply({ url: url.href, problem })))
    }
    const send = () => {
      let status = 0
      pool.dispatch(
        { method: "GET", path: url.pathname, headers },
        {
          // Without this method, undici takes the handler for one of its old interface.
          onRequestStart: () => {},
          onResponseStart: (_, statusCode) => {
            status = statusCode
          },
          onResponseData: () => {},
          onResponseEnd: () => {
            if (status !== 200) return fail(`status ${status}`)
            replies++
            const now = performance.now()
            if (now < end) return send()
            busy--
            if (busy === 0) resume(Effect.succeed(replies / ((now - begin) / 1000)))
          },
          onResponseError: (_, error) => fail("code" in error ? String(error.code) : error.name)
        }
      )
    }
    for (let connection = 0; connection < connections; connection++) send()
  })

/**
 * Connects to a server, and measures how many requests per second it answers.
 *
 * @param url the URL to request
 * @param milliseconds the duration of each measurement
 */
export const measure = (url: URL, milliseconds: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Pool(url.origin, { connections, pipelining: 1 })),
      (pool) => Effect.promise(() => pool.destroy())
    ),
    (pool) => drive(pool, url, milliseconds)
  )
