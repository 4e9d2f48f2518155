/**
 * The application under test: a login page that asks for an API key, sends a code by SMS, and asks for the code. It gets
 * the base URL of the API, and has no code for tests.
 */
import { isOtpsFailure, makeOtpsForUsers } from "@metal-otp/client/promise"
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage } from "node:http"

const page = (body: string) =>
  `<!doctype html><html lang="en"><title>Sign in</title><meta name="viewport" content="width=device-width">${body}</html>`

const keyForm = `<form method="post" action="/code"><label>API key <input name="key" type="password"></label><button>Continue</button></form>`

const codeForm = (message: string) =>
  page(`<p role="status">${message}</p>
<form method="post" action="/verify">
  <label>Code <input name="code" autocomplete="one-time-code" inputmode="numeric"></label><button>Sign in</button>
</form>
<form method="post" action="/again"><button>Send another code</button></form>`)

const welcome = page("<h1>Welcome</h1>")

const fieldsOf = async (request: IncomingMessage) => {
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  return new URLSearchParams(text)
}

/** The message for the user when a code was refused. */
const refusal = (error: unknown) => {
  if (!isOtpsFailure(error)) throw error
  if (error._tag === "BadRequest" || error._tag === "InvalidOtp") return "That code is wrong, expired or used."
  if (error._tag === "RateLimited") return "Too many wrong codes. Try again later."
  return error.outcome === "Unknown"
    ? "Something went wrong. Ask for another code."
    : "Something went wrong. Try again."
}

/**
 * Starts the application on a free port.
 *
 * @param baseUrl the base URL of the API
 */
export const startApp = async (baseUrl: string) => {
  const otps = makeOtpsForUsers({ baseUrl })
  /** The API key of each session. */
  const keys = new Map<string, string>()
  const sendCode = (key: string) => otps.forUser(key).receiveCodes()

  const answers: Record<string, (fields: URLSearchParams, session: string) => Promise<string>> = {
    "GET /": () => Promise.resolve(page(keyForm)),
    "POST /code": async (fields, session) => {
      const key = fields.get("key") ?? ""
      keys.set(session, key)
      await sendCode(key)
      return codeForm("We have sent you a code.")
    },
    "POST /again": async (_, session) => {
      await sendCode(keys.get(session) ?? "")
      return codeForm("We have sent you another code.")
    },
    "POST /verify": async (fields, session) => {
      const user = otps.forUser(keys.get(session) ?? "")
      return user.findEnsureOtp(fields.get("code") ?? "").then(
        () => welcome,
        (error: unknown) => codeForm(refusal(error))
      )
    }
  }

  const server = createServer(async (request, response) => {
    const session = /session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? randomUUID()
    const answer = answers[`${request.method} ${request.url}`]
    response.setHeader("content-type", "text/html; charset=utf-8")
    response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Strict; Path=/`)
    try {
      const body = await answer?.(await fieldsOf(request), session)
      response.writeHead(body === undefined ? 404 : 200).end(body)
    } catch {
      response.writeHead(500).end(page(`<p role="alert">Signing in does not work now. Try again later.</p>`))
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await otps.close()
    }
  }
}
