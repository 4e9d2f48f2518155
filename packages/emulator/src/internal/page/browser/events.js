/**
 * The emulator's events, read once for all tabs of a browser: it has six connections to a server, and a stream holds one.
 * The tab that holds the lock reads the stream and tells the others.
 *
 * @import * as Json from "../json.ts"
 */

/** After so many milliseconds without an event, what is shown may be stale: the emulator sends one every 5 seconds. */
const silence = 10_000

/** After so many milliseconds without a word from the tab that reads, another takes its place. */
const patience = 15_000

const name = "metal-otp events"

/** Missing where browsers don't trust the connection: another machine, without TLS. There, each tab that is seen reads. */
const locks = /** @type {LockManager | undefined} */ (navigator.locks)

/**
 * Listens until the tab is closed.
 *
 * @param {object} to
 * @param {(event: Json.Event) => void} to.onEvent
 * @param {() => void} to.onLive events may have been missed until now
 * @param {() => void} to.onStale no events come any more
 */
export const listen = ({ onEvent, onLive, onStale }) => {
  const tabs = new BroadcastChannel(name)
  /** @type {EventSource | undefined} */
  let source
  let isReading = locks === undefined
  /** @type {boolean | undefined} */
  let isLive
  let heard = performance.now()
  let told = heard
  let waiting = new AbortController()

  /** @param {Json.Event | "here" | "hello" | "silence"} message */
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, and takes none
  const post = (message) => tabs.postMessage(message)

  const fallSilent = () => {
    if (isLive !== false) onStale()
    isLive = false
  }

  /** @param {Json.Event | "here" | "silence"} message */
  const take = (message) => {
    told = performance.now()
    if (message === "silence") return fallSilent()
    heard = told
    const isFirst = message !== "here" && message._tag === "Connected"
    if (isFirst || isLive !== true) onLive()
    isLive = true
    if (message !== "here") onEvent(message)
  }

  /** @param {Json.Event | "here" | "silence"} message */
  const tell = (message) => {
    take(message)
    if (locks) post(message)
  }

  const close = () => {
    source?.close()
    source = undefined
  }

  const open = () => {
    close()
    if (!isReading || (locks === undefined && document.hidden)) return
    const opened = new EventSource("/_emulator/v1/events")
    source = opened
    opened.addEventListener("message", ({ data }) => tell(JSON.parse(data)))
    opened.addEventListener("error", () => {
      if (source !== opened) return
      close()
      tell("silence")
      setTimeout(() => source ?? open(), 1000)
    })
  }

  const read = () => {
    isReading = true
    heard = told = performance.now()
    open()
    return new Promise(() => {})
  }

  const queue = () => {
    waiting = new AbortController()
    // It is aborted when this tab takes the place of the one that reads.
    locks?.request(name, { signal: waiting.signal }, read).catch(() => waiting.signal.aborted || lose())
  }

  const lose = () => {
    isReading = false
    close()
    queue()
  }

  const watch = () => {
    const now = performance.now()
    if (now - heard > silence) {
      if (isReading && now - told > silence) {
        tell("silence")
        open()
      }
      fallSilent()
    }
    if (locks && !isReading && !document.hidden && now - told > patience) {
      told = now
      waiting.abort()
      locks.request(name, { steal: true }, read).catch(lose)
    }
  }

  tabs.addEventListener("message", ({ data }) => {
    if (data !== "hello") take(data)
    else if (isReading && isLive) post("here")
  })
  document.addEventListener("visibilitychange", () => {
    if (locks === undefined) open()
    watch()
  })
  setInterval(watch, 1000)
  if (locks === undefined) return open()
  post("hello")
  queue()
}
