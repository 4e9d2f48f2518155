/**
 * Sends the requests of `PromiseClient` with `fetch`. It imports neither Effect nor the contract, so that the bundle of
 * `@metal-otp/testing/client` stays small.
 */
import { EmulatorError } from "../EmulatorError.ts"

const basePath = "/_emulator/v1"

interface Settings {
  readonly key?: string | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** The parts of a request besides its method and path. */
export interface Parts {
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Removes the path of either API from the emulator's address. */
const addressOf = (url: string | URL) => {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") {
    throw new TypeError("url: it is not an http: or https: URL without credentials.")
  }
  return parsed.origin + parsed.pathname.replace(/(?:\/metal\/v1|\/_emulator\/v1)?\/*$/, "")
}

/** Checks the key, because the error of `fetch` for an invalid header shows its value. */
const authorization = (key: string | undefined): Record<string, string> => {
  if (key === undefined) return {}
  if (!/^[!-~]+$/.test(key)) throw new TypeError("key: it is empty, or has a character that can't be sent.")
  return { authorization: `Bearer ${key}` }
}

/** The messages of an error reply. Empty if the reply is not the emulator's. */
const errorsIn = async (response: Response): Promise<ReadonlyArray<string>> => {
  const body: { readonly error?: unknown; readonly errors?: unknown } | null = await response.json().catch(() => null)
  const { error, errors } = body ?? {}
  return [error].concat(errors).filter((error) => typeof error === "string")
}

const retryAfterOf = ({ headers }: Response) => {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : null
}

const notFromEmulator = "the reply is not an emulator's. Is the address right?"

const refusal = async (request: string, response: Response) => {
  const errors = await errorsIn(response)
  const reason = errors.length === 0 ? notFromEmulator : errors.join(" ")
  return new EmulatorError(`${request}: status ${response.status}: ${reason}`, {
    status: response.status,
    errors,
    retryAfter: retryAfterOf(response)
  })
}

/** Makes the functions that send requests to one emulator. */
export const make = (url: string | URL, { fetch = globalThis.fetch, key }: Settings) => {
  const base = addressOf(url)
  const headers = authorization(key)

  const send = async (method: string, path: string, { body, query = {}, signal }: Parts): Promise<Response> => {
    const target = new URL(base + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const request = `${method} ${path}`
    const response = await fetch(target.href, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    }).catch((cause: unknown) => {
      // The caller's own signal: its reason is the error that the caller expects.
      if (signal?.aborted === true) throw cause
      throw new EmulatorError(`${request}: no reply from ${base}. Is the emulator started?`, {
        status: null,
        errors: [],
        retryAfter: null,
        cause
      })
    })
    if (!response.ok) throw await refusal(request, response)
    return response
  }

  const control = (method: string, path: string, parts: Parts = {}) => send(method, basePath + path, parts)

  return {
    base,
    response: control,
    health: (signal: AbortSignal) => send("GET", "/health", { signal }).then((response) => response.text()),
    json: async <A>(method: string, path: string, parts: Parts = {}): Promise<A> => {
      const response = await control(method, path, parts)
      return response.json().catch((cause: unknown) => {
        if (parts.signal?.aborted === true) throw cause
        // The parser's error quotes the reply, which holds codes.
        throw new EmulatorError(`${method} ${basePath}${path}: status ${response.status}: ${notFromEmulator}`, {
          status: response.status,
          errors: [],
          retryAfter: null
        })
      })
    },
    done: async (method: string, path: string, parts: Parts = {}): Promise<void> => {
      await (await control(method, path, parts)).body?.cancel()
    }
  }
}

/** Reads the data of server-sent events. It cancels the stream when the reader stops. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each read follows the one before
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
