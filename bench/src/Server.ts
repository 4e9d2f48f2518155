/** A process that serves the API with plain `node:http`, and sends its port to its parent. */
import { createServer } from "node:http"
import { answers, type Scenario, token } from "./Scenario.ts"

const bodies = {
  success: Buffer.from(answers.success.body ?? ""),
  unauthorized: Buffer.from(answers.unauthorized.body ?? "")
}

const scenario = (path: string | undefined, sent: string | Array<string> | undefined): Scenario => {
  if (sent !== token) return "unauthorized"
  return path?.endsWith("/recovery-codes") === true ? "success" : "noContent"
}

const server = createServer(
  // Clients take turns, so their connections are idle for a long time.
  { keepAliveTimeout: 600_000 },
  (request, response) => {
    request.resume()
    const name = scenario(request.url, request.headers["x-auth-token"])
    const { status } = answers[name]
    if (name === "noContent") {
      response.writeHead(status).end()
    } else {
      const body = bodies[name]
      response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body)
    }
  }
)

server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const address = server.address()
  if (address !== null && typeof address !== "string") process.send?.({ _tag: "Ready", port: address.port })
})
