import * as Effect from "effect/Effect"
import type { Change, LoggedRequest, View } from "../View.ts"
import type { Serving } from "../Operations.ts"
import { push } from "./bounded.ts"
import { searching } from "./searching.ts"

/** The requests that were served. */
export interface RequestLog
  extends Pick<View, "requests" | "clearRequests" | "clearRequestsOf">, Pick<Serving, "logRequest"> {}

/**
 * Makes a log, in memory.
 *
 * @param size how many requests are kept, the newest
 * @param publish tells of each
 */
export const make = (size: number, publish: (change: Change) => Effect.Effect<void>): RequestLog => {
  const requests: Array<LoggedRequest> = []
  let served = 0
  return {
    requests: Effect.sync(() => requests.slice(-size)),
    clearRequests: Effect.suspend(() => {
      requests.length = 0
      return publish({ _tag: "RequestsCleared" })
    }),
    clearRequestsOf: (search) =>
      Effect.suspend(() => {
        const isFound = searching(search)
        requests.splice(0, requests.length, ...requests.filter(({ user }) => user === null || !isFound(user)))
        return publish({ _tag: "RequestsCleared" })
      }),
    logRequest: (request) =>
      Effect.suspend(() => {
        served++
        const logged = { id: served, ...request }
        push(requests, logged, size)
        return publish({ _tag: "RequestServed", request: logged })
      })
  }
}
