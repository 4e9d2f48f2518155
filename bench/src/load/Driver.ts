/**
 * Sends requests at fixed times, whether or not the earlier ones have a reply.
 * So a slow server shows as latency, not as fewer requests. The driver shares
 * the cores with the server, so it does little work for each request.
 */
import { Effect, Option, Record, Struct } from "effect"
import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks"
import { Pool } from "undici"
import { type Kind, kinds, type Request, type Requests } from "./Mix.ts"
import type { Driven, Spread } from "./Results.ts"

/** The rate and duration of a run. */
export interface Plan {
  /** Requests a second. */
  readonly rate: number
  /** Seconds for warming up, which don't count. */
  readonly warmUp: number
  /** Seconds that count. */
  readonly seconds: number
}

const connections = 32

/** The percentiles of a histogram of microseconds, in milliseconds. */
const spread = (histogram: RecordableHistogram): Spread => ({
  median: histogram.percentile(50) / 1000,
  p99: histogram.percentile(99) / 1000,
  max: histogram.max / 1000
})

const record = (histogram: RecordableHistogram, milliseconds: number) =>
  histogram.record(Math.max(1, Math.round(milliseconds * 1000)))

/** Called when a request ends, with the problem if there is one. */
type Ended = (problem: string | undefined) => void

const send = (pool: Pool, { done, headers, kind, method, path, take }: Request, ended: Ended) => {
  const expected = kinds[kind].status
  let status = 0
  let body = ""
  const end = (problem: string | undefined) => {
    done()
    ended(problem)
  }
  pool.dispatch(
    { method, path, headers },
    {
      // Without this method, undici takes the handler for one of its old interface.
      onRequestStart: () => {},
      onResponseStart: (_, statusCode) => {
        status = statusCode
      },
      onResponseData: (_, chunk) => {
        body += chunk.toString("latin1")
      },
      onResponseEnd: () => end(status === expected ? take(body) : `${status} in place of ${expected}`),
      onResponseError: (_, error) => end("code" in error ? String(error.code) : error.name)
    }
  )
}

/** A driver for one server. */
export interface Driver {
  /** Reads the codes of every user as fast as possible. Returns how many could not be read. */
  readonly prepare: (users: number) => Effect.Effect<number>
  /** Sends all requests of the plan, and waits for the last reply. */
  readonly drive: (plan: Plan) => Effect.Effect<Driven>
}

const prepare = (pool: Pool, requests: Requests, users: number) =>
  Effect.callback<number>((resume) => {
    let waiting = users
    let failed = 0
    const ended = (problem: string | undefined) => {
      if (problem !== undefined) failed++
      waiting--
      if (waiting === 0) resume(Effect.succeed(failed))
    }
    for (let place = 0; place < users; place++) {
      Option.map(requests.first(place), (request) => send(pool, request, ended))
    }
  })

const drive = (pool: Pool, requests: Requests, { rate, seconds, warmUp }: Plan) =>
  Effect.callback<Driven>((resume) => {
    const interval = 1000 / rate
    const total = rate * (warmUp + seconds)
    const latency = createHistogram()
    const late = createHistogram()
    const latencies = Record.map(kinds, () => createHistogram())
    const errors: Record<string, number> = {}
    let replies = 0
    let sent = 0
    let waiting = total

    const start = performance.now()
    const counted = start + warmUp * 1000
    const finish = counted + seconds * 1000

    const fail = (kind: Kind, problem: string) => {
      const what = `${kinds[kind].label}: ${problem}`
      errors[what] = (errors[what] ?? 0) + 1
    }

    const settle = () => {
      waiting--
      if (waiting > 0) return
      resume(
        Effect.succeed({
          replies,
          latency: spread(latency),
          kinds: Struct.keys(latencies).map((kind) => ({
            kind,
            requests: latencies[kind].count,
            latency: spread(latencies[kind])
          })),
          late: spread(late),
          errors
        })
      )
    }

    const sendNext = (due: number) => {
      const next = requests.next(sent)
      if (Option.isNone(next)) {
        errors["no user is free"] = (errors["no user is free"] ?? 0) + 1
        settle()
        return
      }
      const { kind } = next.value
      if (due >= counted) record(late, performance.now() - due)
      send(pool, next.value, (problem) => {
        const now = performance.now()
        if (problem !== undefined) fail(kind, problem)
        if (now >= counted && now < finish && problem === undefined) replies++
        if (due >= counted) {
          record(latency, now - due)
          record(latencies[kind], now - due)
        }
        settle()
      })
    }

    const tick = () => {
      const now = performance.now()
      for (let due = start + sent * interval; sent < total && due <= now; due = start + sent * interval) {
        sendNext(due)
        sent++
      }
      if (sent < total) setTimeout(tick, 1)
    }
    tick()
  })

/**
 * Connects to a server.
 *
 * @param origin the server, without a path
 * @param requests the requests to send
 */
export const make = (origin: string, requests: Requests) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new Pool(origin, {
            connections,
            pipelining: 1,
            headersTimeout: 10_000,
            bodyTimeout: 10_000,
            // The server closes idle connections: a request on one of those would fail on a busy machine.
            keepAliveTimeoutThreshold: 2000
          })
      ),
      (pool) => Effect.promise(() => pool.destroy())
    ),
    (pool): Driver => ({
      prepare: (users) => prepare(pool, requests, users),
      drive: (plan) => drive(pool, requests, plan)
    })
  )
