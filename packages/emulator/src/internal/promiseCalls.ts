/**
 * Requests to the control API by `fetch`: without Effect, and without anything
 * else, since this is bundled for whoever has neither.
 */
import { EmulatorError } from "../EmulatorError.ts"

const mountedAt = "/_emulator/v1"

/** How to reach an emulator. */
interface Settings {
  readonly key?: string | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** What goes with a request. */
export interface Parts {
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Where the emulator is, without what its APIs are mounted at. */
const baseOf = (url: string | URL) => {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") {
    throw new TypeError("url: it is not an http: or https: URL without credentials.")
  }
  return parsed.origin + parsed.pathname.replace(/(?:\/metal\/v1|\/_emulator\/v1)?\/*$/, "")
}

/** What `fetch` says of a header that can't be sent has the header in it. */
const authorization = (key: string | undefined): Record<string, string> => {
  if (key === undefined) return {}
  if (!/^[!-~]+$/.test(key)) throw new TypeError("key: it is empty, or has a character in it that can't be sent.")
  return { authorization: `Bearer ${key}` }
}

/** What the emulator says is wrong. What is no reply of its own says nothing. */
const errorsIn = async (response: Response): Promise<ReadonlyArray<string>> => {
  const body: { readonly error?: unknown; readonly errors?: unknown } | null = await response.json().catch(() => null)
  const { error, errors } = body ?? {}
  return [error].concat(errors).filter((error) => typeof error === "string")
}

const retryAfterOf = ({ headers }: Response) => {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : null
}

const refused = async (what: string, response: Response) => {
  const errors = await errorsIn(response)
  const told = errors.length === 0 ? "it is no reply of an emulator's control API" : errors.join(" ")
  return new EmulatorError(`${what}: status ${response.status}: ${told}`, {
    status: response.status,
    errors,
    retryAfter: retryAfterOf(response)
  })
}

/** Makes the requests to one emulator. */
export const make = (url: string | URL, { fetch = globalThis.fetch, key }: Settings) => {
  const base = baseOf(url)
  const headers = authorization(key)

  const send = async (method: string, path: string, { body, query = {}, signal }: Parts): Promise<Response> => {
    const target = new URL(base + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const what = `${method} ${path}`
    const response = await fetch(target.href, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    }).catch((cause: unknown) => {
      // Whoever gave the signal knows why.
      if (signal?.aborted === true) throw cause
      throw new EmulatorError(`${what}: no reply from ${base}`, { status: null, errors: [], retryAfter: null, cause })
    })
    if (!response.ok) throw await refused(what, response)
    return response
  }

  const control = (method: string, path: string, parts: Parts = {}) => send(method, mountedAt + path, parts)

  return {
    base,
    response: control,
    health: (signal: AbortSignal) => send("GET", "/health", { signal }).then((response) => response.text()),
    json: async <A>(method: string, path: string, parts: Parts = {}): Promise<A> => {
      const response = await control(method, path, parts)
      return response.json().catch((cause: unknown) => {
        if (parts.signal?.aborted === true) throw cause
        // What a parser says quotes the reply, which holds codes.
        throw new EmulatorError(
          `${method} ${mountedAt}${path}: status ${response.status}, and a body that can't be read`,
          {
            status: response.status,
            errors: [],
            retryAfter: null
          }
        )
      })
    },
    done: async (method: string, path: string, parts: Parts = {}): Promise<void> => {
      await (await control(method, path, parts)).body?.cancel()
    }
  }
}

/** The data of server-sent events, as it comes. It ends with the stream, and ends the stream when nobody wants more. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- they come one after the other
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const data = block.split("\n").flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trimStart()] : []))
        if (data.length > 0) yield data.join("\n")
      }
    }
  } finally {
    await reader.cancel()
  }
}
