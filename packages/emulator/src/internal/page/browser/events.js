/**
 * Listens to the emulator's events in all tabs with one stream: a browser opens at most six connections to a server, and
 * each stream takes one. The tab that holds a lock reads the stream, and posts the events to the other tabs.
 *
 * @import * as Json from "../json.ts"
 */

/** The milliseconds without an event after which a tab is stale. The emulator sends one every 5 seconds. */
const staleAfter = 10_000

/** The milliseconds without a message of the reading tab after which another tab reads. */
const replaceAfter = 15_000

const name = "metal-otp events"

/** Missing in insecure contexts, such as another machine without TLS. There, each visible tab reads. */
const locks = /** @type {LockManager | undefined} */ (navigator.locks)

/**
 * Listens until the tab is closed.
 *
 * @param {object} to
 * @param {(event: Json.Event) => void} to.onEvent
 * @param {() => void} to.onLive events arrive again, and earlier ones may be missing
 * @param {() => void} to.onStale no events arrive any more
 */
export const listen = ({ onEvent, onLive, onStale }) => {
  const tabs = new BroadcastChannel(name)
  /** @type {EventSource | undefined} */
  let source
  let isReading = locks === undefined
  /** @type {boolean | undefined} */
  let isLive
  let lastEvent = performance.now()
  let lastMessage = lastEvent
  let lockRequest = new AbortController()

  /** @param {Json.Event | "alive" | "hello" | "stale"} message */
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, and takes none
  const post = (message) => tabs.postMessage(message)

  const becomeStale = () => {
    if (isLive !== false) onStale()
    isLive = false
  }

  /** @param {Json.Event | "alive" | "stale"} message */
  const receive = (message) => {
    lastMessage = performance.now()
    if (message === "stale") return becomeStale()
    lastEvent = lastMessage
    const isFirst = message !== "alive" && message._tag === "Connected"
    if (isFirst || isLive !== true) onLive()
    isLive = true
    if (message !== "alive") onEvent(message)
  }

  /** @param {Json.Event | "alive" | "stale"} message */
  const share = (message) => {
    receive(message)
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
    opened.addEventListener("message", ({ data }) => share(JSON.parse(data)))
    opened.addEventListener("error", () => {
      if (source !== opened) return
      close()
      share("stale")
      setTimeout(() => source ?? open(), 1000)
    })
  }

  const read = () => {
    isReading = true
    lastEvent = lastMessage = performance.now()
    open()
    return new Promise(() => {})
  }

  const awaitLock = () => {
    lockRequest = new AbortController()
    // The request is aborted when this tab steals the lock.
    locks?.request(name, { signal: lockRequest.signal }, read).catch(() => lockRequest.signal.aborted || stopReading())
  }

  const stopReading = () => {
    isReading = false
    close()
    awaitLock()
  }

  const watch = () => {
    const now = performance.now()
    if (now - lastEvent > staleAfter) {
      if (isReading && now - lastMessage > staleAfter) {
        share("stale")
        open()
      }
      becomeStale()
    }
    if (locks && !isReading && !document.hidden && now - lastMessage > replaceAfter) {
      lastMessage = now
      lockRequest.abort()
      locks.request(name, { steal: true }, read).catch(stopReading)
    }
  }

  tabs.addEventListener("message", ({ data }) => {
    if (data !== "hello") receive(data)
    else if (isReading && isLive) post("alive")
  })
  document.addEventListener("visibilitychange", () => {
    if (locks === undefined) open()
    watch()
  })
  setInterval(watch, 1000)
  if (locks === undefined) return open()
  post("hello")
  awaitLock()
}
